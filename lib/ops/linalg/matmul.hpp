#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// y = a b for matrices, or stacks of them that broadcast, of one floating type, where y is new and contiguous.
void matmul_into(const Tensor& a, const Tensor& b, const Tensor& y);

}  // namespace xtape::ops
