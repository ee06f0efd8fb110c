#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include <xtape/tensor.hpp>

namespace xtape {

/// Free forms of the view methods of Tensor: they do and throw the same; see there.
XTAPE_API Tensor reshape(const Tensor& x, const Shape& shape);
XTAPE_API Tensor transpose(const Tensor& x);
XTAPE_API Tensor transpose(const Tensor& x, Axis axis_a, Axis axis_b);
XTAPE_API Tensor permute(const Tensor& x, const std::vector<int>& axes);
XTAPE_API Tensor squeeze(const Tensor& x, const Axes& axes = {});
XTAPE_API Tensor expand_dims(const Tensor& x, Axis axis);
XTAPE_API Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// Two axes swapped, as `numpy.swapaxes`; they may be negative. @throws IndexError if one is out of range.
XTAPE_API Tensor swapaxes(const Tensor& x, Axis axis_a, Axis axis_b);
/// The axes `source` moved to the places `destination`, as `numpy.moveaxis`; the others keep their order. @throws
/// IndexError for one out of range; ValueError for one given twice, or unless there are as many of both.
XTAPE_API Tensor moveaxis(const Tensor& x, const Axes& source, const Axes& destination);
/// The elements in reverse order along all axes, or those given, as `numpy.flip`: a view. @throws IndexError for an
/// axis out of range, ValueError for one given twice.
XTAPE_API Tensor flip(const Tensor& x, const Axes& axes = {});

/// Sums `x` over the axes along which `shape` broadcasts to x's shape: the adjoint of broadcast_to.
/// @throws ShapeError naming both shapes if it does not broadcast to it.
XTAPE_API Tensor sum_to_shape(const Tensor& x, const Shape& shape);

/// Tensors joined along an existing axis, as `numpy.concatenate`; the other lengths must agree, the types are promoted
/// to one. @throws ValueError for no tensors; IndexError if `axis`, which may be negative, is out of range; ShapeError
/// naming the first two shapes that differ elsewhere.
XTAPE_API Tensor concatenate(const std::vector<Tensor>& tensors, Axis axis = 0);
/// Tensors of one shape joined along a new axis, which is axis `axis` of the result, as `numpy.stack`; the types are
/// promoted to one. @throws ValueError for no tensors; ShapeError naming the first two shapes that differ; IndexError
/// unless -rank - 1 <= axis <= rank.
XTAPE_API Tensor stack(const std::vector<Tensor>& tensors, Axis axis = 0);
/// The views at each position of `axis`, which they have not, as `numpy.unstack`. @throws IndexError if `axis`, which
/// may be negative, is out of range.
XTAPE_API const std::vector<Tensor> unstack(const Tensor& x, Axis axis = 0);
/// `sections` views of equal length along `axis`, as `numpy.split`. @throws ValueError if sections < 1; IndexError if
/// `axis`, which may be negative, is out of range; ShapeError if its length is not divisible.
XTAPE_API const std::vector<Tensor> split(const Tensor& x, Count sections, Axis axis = 0);
/// Views of the given lengths along `axis` (numpy.split takes the places to cut at). @throws IndexError likewise;
/// ShapeError if a length is negative or they do not add up to that of the axis.
XTAPE_API const std::vector<Tensor> split(const Tensor& x, const std::vector<int64_t>& lengths, Axis axis = 0);
XTAPE_API const std::vector<Tensor> split(const Tensor& x, std::initializer_list<Count> lengths, Axis axis = 0);
/// `widths[i]` = cells added before and after axis i, filled with `value`, as `numpy.pad` does with constants.
/// @throws ShapeError unless there is a pair for each axis, or if a length becomes too large; ValueError for a negative
/// width, or a value that x's type does not hold.
XTAPE_API Tensor pad(const Tensor& x, const std::vector<std::pair<int64_t, int64_t>>& widths, Scalar value = 0);
/// `widths[i]` = cells taken off before and after axis i: a view of what pad put them around. @throws as pad;
/// ShapeError for more cells than there are.
XTAPE_API Tensor crop(const Tensor& x, const std::vector<std::pair<int64_t, int64_t>>& widths);
/// Each slice along `axis` so many times, one after the other, as `numpy.repeat`. @throws IndexError if `axis`, which
/// may be negative, is out of range; ValueError for negative `repeats`; ShapeError if the length becomes too large.
XTAPE_API Tensor repeat(const Tensor& x, Count repeats, Axis axis);

}  // namespace xtape
