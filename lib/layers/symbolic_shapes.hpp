#pragma once

#include <algorithm>
#include <string>
#include <xtape/error.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {

// The shape of an elementwise result of two tensors, where -1 stands for an unknown length: what meets it decides,
// unless that is 1 or unknown too. @throws ShapeError naming the operation.
inline Shape broadcast_shapes(const std::string& op, const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() < b.rank() ? b : a;
  const Shape& shorter = a.rank() < b.rank() ? a : b;
  Shape result = longer;
  for (int axis = 1; axis <= shorter.rank(); ++axis) {
    int64_t& length = result[longer.rank() - axis];
    const int64_t other = shorter[shorter.rank() - axis];
    if (other == length || other == 1) continue;
    if (length == 1 || length == -1) {
      length = other;
    } else if (other != -1) {
      throw ShapeError(op + ": shapes do not broadcast: " + a.str() + " and " + b.str());
    }
  }
  return result;
}

}  // namespace xtape::layers
