#pragma once

#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <xtape/export.hpp>

namespace xtape {

/// Base of every error that xtape throws. It says what was given and what was expected, and where: in `path`, if a
/// layer or model threw it, else in the message, which then begins with the op. Errors are thrown before anything
/// changes.
///
/// Each one that is thrown is a std::exception as well: OutOfMemory a std::bad_alloc, all others a std::runtime_error.
/// Error itself is none, for OutOfMemory would be two then, and no handler of std::exception would catch it.
class XTAPE_API Error {
 public:
  virtual ~Error() = default;

  /// `path: message`, or the message alone where there is no path.
  virtual const char* what() const noexcept;
  /// The names of the layers that the error came through, the outermost first: "sequential/dense_1". Empty outside of
  /// layers.
  const std::string& path() const noexcept;
  const std::string& message() const noexcept;
  /// For functions that take any exception.
  operator const std::exception&() const;

  /// Puts the name of a layer in front of the path.
  void prepend_path(const std::string& layer);
  /// Says the same in other words.
  void set_message(const std::string& message);

 protected:
  explicit Error(const std::string& message, const std::string& path = {});

 private:
  // Shared, so that copies of an error cannot throw.
  struct Text;
  std::shared_ptr<const Text> text_;
};

/// What all errors but OutOfMemory are.
class XTAPE_API RuntimeError : public Error, public std::runtime_error {
 public:
  explicit RuntimeError(const std::string& message, const std::string& path = {})
      : Error(message, path), std::runtime_error(message) {}
  const char* what() const noexcept override { return Error::what(); }
};

/// An argument outside its range, an unknown name, or a call in the wrong order (`fit` before `compile`).
class XTAPE_API ValueError : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

/// Shapes that do not broadcast, multiply, concatenate or reshape into each other.
class XTAPE_API ShapeError : public ValueError {
 public:
  using ValueError::ValueError;
};

/// An element type that the operation does not take.
class XTAPE_API DTypeError : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

/// An axis, index or label outside its range.
class XTAPE_API IndexError : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

/// Misuse of the tape: a graph run twice, a saved tensor changed, a gradient that cannot be computed.
class XTAPE_API AutogradError : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

/// Memory that the system does not give, also after the allocator's cache was given back to it. what() names the tensor
/// that it was for, the bytes asked for, and those in use and cached.
class XTAPE_API OutOfMemory : public Error, public std::bad_alloc {
 public:
  explicit OutOfMemory(const std::string& message, const std::string& path = {}) : Error(message, path) {}
  const char* what() const noexcept override { return Error::what(); }
};

/// A file or folder that cannot be opened, read or written.
class XTAPE_API IOError : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

/// A file whose content is not what its format says; names file, offset, expected and found.
class XTAPE_API FormatError : public IOError {
 public:
  using IOError::IOError;
};

}  // namespace xtape
