#pragma once

#include <xtape/tensor.hpp>

#include "core/checks.hpp"

namespace xtape::ops {

// The shape that is left of `shape`; reduced axes have length 1 where they are kept.
Shape reduced_shape(const Shape& shape, const Axes& axes, bool keepdims);

// A reduction as the kernels see it: a contiguous [outer, reduced, inner] block.
struct Reduction {
  // x itself, or a copy with the reduced axes brought together. Where elements are repeated along a reduced axis, as
  // broadcast_to has it, it has them once.
  Tensor x;
  // How many elements of the argument each one of the reduced ones stands for.
  int64_t repeats = 1;
  int64_t outer = 1;
  int64_t reduced = 1;
  int64_t inner = 1;
  // The result's shape, without and with the reduced axes as length 1.
  Shape shape;
  Shape kept_shape;
  bool keepdims = false;

  // @throws as core::checked_axes.
  Reduction(const char* operation, const Tensor& x, const Axes& axes, bool keepdims);

  const Shape& result_shape() const { return keepdims ? kept_shape : shape; }
};

// A result, or its gradient, repeated along the reduced axes.
Tensor expand_reduced(const Tensor& result, const Shape& kept_shape, const Shape& shape);

}  // namespace xtape::ops
