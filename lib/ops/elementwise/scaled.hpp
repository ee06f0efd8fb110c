#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// g * slope, and g / divisor, of operands of one floating type that broadcast, where a g of 0 stays 0
// (formulas::slope_for): what derivatives of operations are made of.
Tensor scaled_slope(const Tensor& g, const Tensor& slope);
Tensor scaled_quotient(const Tensor& g, const Tensor& divisor);

}  // namespace xtape::ops
