#pragma once

#include <cstdint>

#include <xtape/tensor.hpp>

namespace xtape {

/// The slices of `x` at `indices` (int32, int64 or uint8, any shape) along `axis`, as `numpy.take`: the axis is
/// replaced by the shape of `indices`. Negative indices count from the end; repeated ones add up in the gradient.
/// @throws IndexError if `axis` is out of range, or naming the first index that is, and its position; DTypeError for
/// indices of another type.
XTAPE_API Tensor take(const Tensor& x, const Tensor& indices, Axis axis = 0);
/// One element per index along `axis`, as `numpy.take_along_axis`; `indices` has x's rank and x's lengths along the
/// other axes. @throws as take; ShapeError naming both shapes if they differ along another axis.
XTAPE_API Tensor take_along_axis(const Tensor& x, const Tensor& indices, Axis axis);
/// 1 at the position that each label (int32, int64 or uint8, any shape) names, else 0, in a new last axis of length
/// `classes`; as `keras.ops.one_hot`. @throws IndexError naming the first label outside [0, classes), and its position;
/// ValueError if classes < 1; DTypeError for labels of another type.
XTAPE_API Tensor one_hot(const Tensor& labels, Count classes, DType dtype = float32);

}  // namespace xtape
