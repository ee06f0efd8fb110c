#pragma once

#include <xtape/tensor.hpp>

#include "autograd/instruction.hpp"
#include "ops/support/batch.hpp"

namespace xtape::ops {

// y = a b for matrices, or stacks of them that broadcast, of one floating type, where y is new and contiguous.
void matmul_into(const Tensor& a, const Tensor& b, const Tensor& y);
// a b + c d, where a and c, and b and d, have the shapes and types of operands of matmul_into: the tangent of a
// product.
Tensor sum_of_matmuls(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d);

// Whether that is a product of two matrices, or stacks of them: conversions of its operands have its name too.
bool is_matmul(const autograd::Instruction& instruction);

// The product for all examples of a batch rule.
Tensor matmul_of_all(const Mapped& a, const Mapped& b);

}  // namespace xtape::ops
