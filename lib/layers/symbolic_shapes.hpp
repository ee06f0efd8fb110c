#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <xtape/shape.hpp>

// The shapes of what operations make of tensors of which some lengths are unknown, -1. Errors show these shapes, and
// are ShapeError unless said otherwise.
namespace xtape::layers {

// Whether two lengths are equal, as far as is known.
bool may_be_equal(int64_t a, int64_t b);
// Counted from the front, in a shape that has `added` axes more. @throws IndexError naming the operation.
int checked_axis(const std::string& op, int64_t axis, const Shape& shape, int added = 0);

// Of an elementwise result of two tensors: what meets an unknown length decides, unless that is 1 or unknown too.
// @throws naming the operation.
Shape broadcast_shapes(const std::string& op, const Shape& a, const Shape& b);
// @throws unless the inner lengths may be equal and the others may broadcast.
Shape matmul_shape(const Shape& a, const Shape& b);
// Without these axes, or with the length 1 there. The axes are in range and differ.
Shape reduced_shape(Shape shape, const Axes& axes, bool keepdims);
// Without these axes, by default all that are known to have the length 1. @throws for one that is known to be longer.
Shape squeezed_shape(const Shape& shape, const Axes& axes);
// @throws unless the other lengths may be equal; IndexError for an axis out of range.
Shape concatenated_shape(const std::vector<Shape>& shapes, int axis);
// Where axes of length 1 are put into a shape, by default behind it, one after the other. @throws ValueError for two in
// one place. They are in range.
std::vector<int> new_axes(int rank, const Axes& axes);
// The lengths of `target`, of which one may be -1: what is left. @throws where the numbers of elements cannot agree.
Shape reshaped_shape(const Shape& shape, const Shape& target);

}  // namespace xtape::layers
