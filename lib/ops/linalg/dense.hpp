#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// y = x kernel + bias for x [rows, in], where y is new and contiguous; the bias may be undefined.
void dense_into(const Tensor& x, const Tensor& kernel, const Tensor& bias, const Tensor& y);

}  // namespace xtape::ops
