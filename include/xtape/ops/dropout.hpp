#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Sets each element to 0 with probability `rate` and divides the others by 1 - rate (Srivastava et al., 2014). A
/// dropped NaN or infinity is 0 too. Integers are converted first, as in xtape/ops/elementwise.hpp. Draws from the
/// global generator. @throws ValueError unless 0 <= rate < 1.
XTAPE_API Tensor dropout(const Tensor& x, double rate);

}  // namespace xtape
