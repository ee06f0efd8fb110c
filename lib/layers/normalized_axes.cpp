#include "layers/normalized_axes.hpp"

#include <algorithm>
#include <string>
#include <vector>
#include <xtape/error.hpp>

namespace xtape::layers {

NormalizedAxes NormalizedAxes::of(const Axes& given, const Shape& input_shape) {
  const int rank = input_shape.rank();
  std::vector<int> axes;
  for (const int each : given.values()) {
    const int axis = each < 0 ? each + rank : each;
    if (axis < 0 || axis >= rank) {
      throw IndexError("axis " + std::to_string(each) + " is out of range for inputs " + input_shape.str());
    }
    if (std::find(axes.begin(), axes.end(), axis) != axes.end()) {
      throw ValueError("axis " + std::to_string(each) + " of inputs " + input_shape.str() + " is given twice");
    }
    axes.push_back(axis);
  }
  std::sort(axes.begin(), axes.end());
  NormalizedAxes result;
  for (const int axis : axes) result.lengths.push_back(input_shape[axis]);
  if (axes.empty() || std::find(result.lengths.begin(), result.lengths.end(), -1) != result.lengths.end()) {
    throw ShapeError("the lengths of the normalized axes must be known, given " + input_shape.str());
  }
  result.axes = axes;
  result.first = axes.front();
  return result;
}

void NormalizedAxes::check(const Shape& input_shape, const Shape& built) const {
  bool fits = input_shape.rank() == built.rank();
  for (const int axis : axes.values()) fits = fits && input_shape[axis] == built[axis];
  if (!fits) throw ShapeError("built for inputs " + built.str() + ", given " + input_shape.str());
}

}  // namespace xtape::layers
