#pragma once

#include <cstdint>

#include <xtape/tensor.hpp>

namespace xtape {

/// The slices of `x` at `indices` (int32, int64 or uint8, any shape) along `axis`, as `numpy.take`: the
/// axis is replaced by the shape of `indices`. Negative indices count from the end; repeated ones add up in
/// the gradient. @throws IndexError naming the first index out of range and its position.
XTAPE_API Tensor take(const Tensor& x, const Tensor& indices, int axis = 0);
/// One element per index along `axis`, as `numpy.take_along_axis`; `indices` has x's rank and x's lengths
/// along the other axes. @throws IndexError, ShapeError.
XTAPE_API Tensor take_along_axis(const Tensor& x, const Tensor& indices, int axis);
/// 1 at the position that each integer names, in a new last axis of length `classes`.
/// @throws IndexError for a label outside [0, classes).
XTAPE_API Tensor one_hot(const Tensor& labels, int64_t classes, DType dtype = float32);

}  // namespace xtape
