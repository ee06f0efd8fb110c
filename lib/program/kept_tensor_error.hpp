#pragma once

#include <xtape/error.hpp>

namespace xtape::program {

// A tensor that a captured function made is kept by somebody when it has ended: its elements were never computed, and
// would be read as numbers by whoever calls the function without capturing it.
class KeptTensorError : public AutogradError {
 public:
  using AutogradError::AutogradError;
};

}  // namespace xtape::program
