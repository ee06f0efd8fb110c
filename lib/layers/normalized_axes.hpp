#pragma once

#include <xtape/shape.hpp>

namespace xtape::layers {

// The axes that a layer normalizes together.
struct NormalizedAxes {
  // Of inputs of that shape, in ascending order. @throws IndexError for one out of range, ValueError for one given
  // twice, ShapeError for one of unknown length, or if there is none.
  static NormalizedAxes of(const Axes& given, const Shape& input_shape);

  // Whether it is the last one alone.
  bool is_last(const Shape& input_shape) const { return lengths.rank() == 1 && first == input_shape.rank() - 1; }
  // @throws ShapeError unless inputs have the same lengths there, and as many dimensions as `built`.
  void check(const Shape& input_shape, const Shape& built) const;

  Axes axes;
  Shape lengths;
  int first = 0;
};

}  // namespace xtape::layers
