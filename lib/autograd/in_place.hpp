#pragma once

#include <xtape/tensor.hpp>

namespace xtape::autograd {

// @throws AutogradError if changing `x` in place would falsify the tape: x requires a gradient while
// operations are recorded.
void check_in_place(const char* operation, const Tensor& x);

}  // namespace xtape::autograd
