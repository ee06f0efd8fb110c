#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// a b + c d, for operands of one floating type and one shape, in one pass: the tangent of a product.
Tensor sum_of_products(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d);

}  // namespace xtape::ops
