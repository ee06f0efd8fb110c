#include "layers/symbolic_shapes.hpp"

#include <algorithm>
#include <cstdint>
#include <xtape/error.hpp>

namespace xtape::layers {
namespace {

int place_of(int axis, int rank) { return axis < 0 ? axis + rank : axis; }

// The product of the lengths that are known, and how many are not.
struct Elements {
  int64_t known = 1, unknown = 0;
};
Elements elements_of(const Shape& shape) {
  Elements elements;
  for (const int64_t length : shape) {
    if (length == -1) {
      ++elements.unknown;
    } else {
      if (__builtin_mul_overflow(elements.known, length, &elements.known)) {
        throw ShapeError("too many elements: " + shape.str());
      }
    }
  }
  return elements;
}

}  // namespace

bool may_be_equal(int64_t a, int64_t b) { return a == b || a == -1 || b == -1; }

int checked_axis(const std::string& op, int64_t axis, const Shape& shape, int added) {
  const int64_t rank = shape.rank() + added;
  if (axis < -rank || axis >= rank) {
    throw IndexError(op + ": axis " + std::to_string(axis) + " is out of range for the shape " + shape.str());
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shape broadcast_shapes(const std::string& op, const Shape& a, const Shape& b) {
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

Shape matmul_shape(const Shape& a, const Shape& b) {
  const std::string both = ": a " + a.str() + ", b " + b.str();
  if (a.rank() == 0 || b.rank() == 0) throw ShapeError("matmul: operands must have at least one dimension" + both);
  const int rows_of_b = b.rank() == 1 ? 0 : b.rank() - 2;
  if (!may_be_equal(a.back(), b[rows_of_b])) throw ShapeError("matmul: inner dimensions differ" + both);
  const Shape leading_a(a.begin(), a.end() - std::min(a.rank(), 2)),
      leading_b(b.begin(), b.end() - std::min(b.rank(), 2));
  Shape result;
  try {
    result = broadcast_shapes("matmul", leading_a, leading_b);
  } catch (const ShapeError&) {
    throw ShapeError("matmul: leading dimensions do not broadcast" + both);
  }
  if (a.rank() > 1) result.push_back(a[a.rank() - 2]);
  if (b.rank() > 1) result.push_back(b.back());
  return result;
}

Shape reduced_shape(Shape shape, const Axes& axes, bool keepdims) {
  const int rank = shape.rank();
  Shape result;
  for (int axis = 0; axis < rank; ++axis) {
    const bool reduced = axes.all() || std::any_of(axes.values().begin(), axes.values().end(),
                                                   [&](int each) { return place_of(each, rank) == axis; });
    if (!reduced) result.push_back(shape[axis]);
    if (reduced && keepdims) result.push_back(1);
  }
  return result;
}

Shape squeezed_shape(const Shape& shape, const Axes& axes) {
  Shape result;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const bool named = std::any_of(axes.values().begin(), axes.values().end(),
                                   [&](int each) { return place_of(each, shape.rank()) == axis; });
    if (named && !may_be_equal(shape[axis], 1)) {
      throw ShapeError("squeeze: axis " + std::to_string(axis) + " of shape " + shape.str() + " is not of length 1");
    }
    if (!(axes.all() ? shape[axis] == 1 : named)) result.push_back(shape[axis]);
  }
  return result;
}

Shape concatenated_shape(const std::vector<Shape>& shapes, int axis) {
  Shape result = shapes.front();
  const int joined = place_of(axis, result.rank());
  if (joined < 0 || joined >= result.rank()) {
    throw IndexError("concatenate: axis " + std::to_string(axis) + " is out of range for the shape " + result.str());
  }
  for (auto shape = shapes.begin() + 1; shape != shapes.end(); ++shape) {
    bool fits = shape->rank() == result.rank();
    for (int i = 0; fits && i < result.rank(); ++i) fits = i == joined || may_be_equal(result[i], (*shape)[i]);
    if (!fits) {
      throw ShapeError("concatenate: shapes differ outside axis " + std::to_string(joined) + ": " +
                       shapes.front().str() + " and " + shape->str());
    }
    for (int i = 0; i < result.rank(); ++i) {
      if (i == joined) {
        result[i] = result[i] == -1 || (*shape)[i] == -1 ? -1 : result[i] + (*shape)[i];
      } else if (result[i] == -1) {
        result[i] = (*shape)[i];
      }
    }
  }
  return result;
}

std::vector<int> new_axes(int rank, const Axes& axes) {
  if (axes.all()) return {rank};
  std::vector<int> result;
  const int all = rank + static_cast<int>(axes.values().size());
  for (const int axis : axes.values()) result.push_back(place_of(axis, all));
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
    throw ValueError("expand_dims: an axis is given twice");
  }
  return result;
}

Shape reshaped_shape(const Shape& shape, const Shape& target) {
  const bool is_shape = std::all_of(target.begin(), target.end(), [](int64_t length) { return length >= -1; }) &&
                        std::count(target.begin(), target.end(), -1) <= 1;
  if (!is_shape) throw ShapeError("reshape: " + target.str() + " is not a shape");
  const Elements from = elements_of(shape), to = elements_of(target);
  const bool all_known = from.unknown == 0;
  // An unknown length is a factor that may be anything.
  const auto divides = [](int64_t part, int64_t whole) { return part == 0 ? whole == 0 : whole % part == 0; };
  bool fits = true;
  if (all_known && to.unknown == 0) {
    fits = from.known == to.known;
  } else if (all_known) {
    fits = to.known != 0 && divides(to.known, from.known);
  } else if (to.unknown == 0) {
    fits = divides(from.known, to.known);
  }
  if (!fits) throw ShapeError("reshape: a tensor of shape " + shape.str() + " does not fit into shape " + target.str());
  Shape result = target;
  if (all_known && to.unknown == 1) std::replace(result.begin(), result.end(), int64_t{-1}, from.known / to.known);
  return result;
}

}  // namespace xtape::layers
