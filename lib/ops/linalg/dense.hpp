#pragma once

#include <xtape/tensor.hpp>

#include <optional>

#include "autograd/instruction.hpp"

namespace xtape::ops {

// x kernel and then `next`, if that adds a bias: one dense.
std::optional<autograd::Instruction> dense_instead(const Tensor& x, const Tensor& kernel,
                                                   const autograd::Instruction& next);

// y = x kernel + bias for x [rows, in], where y is new and contiguous; the bias may be undefined.
void dense_into(const Tensor& x, const Tensor& kernel, const Tensor& bias, const Tensor& y);

}  // namespace xtape::ops
