#pragma once

#include <utility>
#include <xtape/tensor.hpp>

namespace xtape::ops {

// a b + c d, for operands of one floating type and one shape, in one pass: the tangent of a product.
Tensor sum_of_products(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d);

// a b and its tangent, da b + a db, in one pass, for operands of one floating type; undefined where they do not correspond
// one to one without strides.
std::pair<Tensor, Tensor> product_dual(const Tensor& a, const Tensor& b, const Tensor& da, const Tensor& db);

}  // namespace xtape::ops
