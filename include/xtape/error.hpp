#pragma once

#include <new>
#include <stdexcept>
#include <string>
#include <xtape/export.hpp>

namespace xtape {

/// Base of every error that xtape throws. what() names the op or the layer's path, what was given and
/// what was expected. Errors are thrown before anything changes.
class XTAPE_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An argument outside its range, an unknown name, or a call in the wrong order (`fit` before `compile`).
class XTAPE_API ValueError : public Error {
 public:
  using Error::Error;
};

/// Shapes that do not broadcast, multiply, concatenate or reshape into each other.
class XTAPE_API ShapeError : public ValueError {
 public:
  using ValueError::ValueError;
};

/// An element type that the operation does not take.
class XTAPE_API DTypeError : public Error {
 public:
  using Error::Error;
};

/// An axis, index or label outside its range.
class XTAPE_API IndexError : public Error {
 public:
  using Error::Error;
};

/// Misuse of the tape: a graph run twice, a saved tensor changed, a gradient that cannot be computed.
class XTAPE_API AutogradError : public Error {
 public:
  using Error::Error;
};

/// Memory that the system does not give, also after the allocator's cache was given back to it. what() names the tensor
/// that it was for, the bytes asked for, and those in use and cached.
class XTAPE_API OutOfMemory : public Error, public std::bad_alloc {
 public:
  using Error::Error;
  const char* what() const noexcept override { return Error::what(); }
};

/// A file or folder that cannot be opened, read or written.
class XTAPE_API IOError : public Error {
 public:
  using Error::Error;
};

/// A file whose content is not what its format says; names file, offset, expected and found.
class XTAPE_API FormatError : public IOError {
 public:
  using IOError::IOError;
};

}  // namespace xtape
