#include "layers/operation_shapes.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <xtape/error.hpp>

#include "layers/own_options.hpp"
#include "layers/symbolic_shapes.hpp"

namespace xtape::layers::operation_shapes {
namespace {

using namespace own_options;

constexpr int64_t unknown = -1;

// A few bytes of a file can ask for any number of results.
constexpr int64_t most_results = 1 << 15;

void check_results(const std::string& op, int64_t count) {
  if (count <= most_results) return;
  throw ValueError(op + ": expected at most " + std::to_string(most_results) + " results, given " +
                   std::to_string(count));
}

void check_equal(const std::string& op, const Shape& a, const Shape& b) {
  bool fits = a.rank() == b.rank();
  for (int axis = 0; fits && axis < a.rank(); ++axis) fits = may_be_equal(a[axis], b[axis]);
  if (!fits) throw ShapeError(op + ": shapes differ: " + a.str() + " and " + b.str());
}

// Unknown if one of both is.
int64_t product(const std::string& op, int64_t a, int64_t b) {
  if (a == unknown || b == unknown) return unknown;
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result)) {
    throw ShapeError(op + ": " + std::to_string(a) + " times " + std::to_string(b) + " is too large for a length");
  }
  return result;
}

int64_t elements_of(const std::string& op, const Shape& shape) {
  int64_t count = 1;
  for (const int64_t length : shape) count = product(op, count, length);
  return count;
}

Shape joined(const Shape& front, const Shape& middle, const Shape& back) {
  Shape result = front;
  for (const int64_t length : middle) result.push_back(length);
  for (const int64_t length : back) result.push_back(length);
  return result;
}

Shape without_axis(const Shape& shape, int axis) {
  return joined(Shape(shape.begin(), shape.begin() + axis), {}, Shape(shape.begin() + axis + 1, shape.end()));
}

// Counted from the front. @throws ValueError for one given twice.
std::vector<int> places(const std::string& op, const Config& given, const std::vector<int64_t>& axes,
                        const Shape& shape) {
  std::vector<int> result;
  for (const int64_t axis : axes) {
    const int place = checked_axis(op, axis, shape);
    if (std::find(result.begin(), result.end(), place) != result.end()) {
      throw ValueError(op + ": an axis of the shape " + shape.str() + " is given twice: " + given.str());
    }
    result.push_back(place);
  }
  return result;
}

std::vector<int> places(const std::string& op, const Config& options, const char* name, const Shape& shape) {
  return places(op, options.at(name), numbers(options, name), shape);
}

// How long x[begin:end] is, as Python counts; no end is the end of the axis.
int64_t length_between(int64_t begin, std::optional<int64_t> end, int64_t length) {
  if (length != unknown) {
    const auto place_of = [&](int64_t index) {
      return std::clamp<int64_t>(index < 0 ? index + length : index, 0, length);
    };
    return std::max<int64_t>(place_of(end.value_or(length)) - place_of(begin), 0);
  }
  // Indices that count from one side tell it, for an axis that they lie in.
  if (!end) return begin < 0 ? -begin : unknown;
  return (begin < 0) == (*end < 0) ? std::max<int64_t>(*end - begin, 0) : unknown;
}

// The letters of an equation, and for each axis what it is called: "..." stands for axes that are counted from the
// last one on. What is wrong with it is said by the operation on tensors.
using Labels = std::vector<int>;

Labels labels_of(std::string_view subscripts, int rank) {
  const std::size_t dots = subscripts.find("...");
  const bool has_dots = dots != std::string_view::npos;
  const int letters = static_cast<int>(subscripts.size()) - (has_dots ? 3 : 0);
  Labels labels;
  for (std::size_t i = 0; i < subscripts.size(); ++i) {
    if (has_dots && i == dots) {
      for (int axis = rank - letters; axis > 0; --axis) labels.push_back(-axis);
      i += 2;
    } else {
      labels.push_back(subscripts[i]);
    }
  }
  return labels;
}

// The length that axes of one name have together: those of length 1 broadcast.
void meet(const std::string& equation, int label, int64_t given, int64_t& length) {
  if (given == length || given == 1) return;
  if (length == 1 || length == unknown) {
    length = given;
  } else if (given != unknown) {
    const std::string name = label > 0 ? std::string(1, static_cast<char>(label)) : "...";
    throw ShapeError("einsum: the axis '" + name + "' of \"" + equation + "\" has lengths " + std::to_string(length) +
                     " and " + std::to_string(given));
  }
}

Shapes reduced(const std::string& op, const Shape& shape, const Config& options) {
  Axes axes;
  if (!options.at("axis").is_null()) axes = checked_axis(op, axis_of(options), shape);
  return {reduced_shape(shape, axes, flag(options, "keepdims"))};
}

}  // namespace

Shapes argmax(const Shapes& operands, const Config& options) { return reduced("argmax", operands[0], options); }

Shapes argmin(const Shapes& operands, const Config& options) { return reduced("argmin", operands[0], options); }

Shapes einsum(const Shapes& operands, const Config& options) {
  const auto given = read<std::string>(options, "subscripts");
  std::string equation;
  for (const char c : given) {
    if (!std::isspace(static_cast<unsigned char>(c))) equation += c;
  }
  const std::size_t arrow = equation.find("->");
  std::string_view inputs = std::string_view(equation).substr(0, arrow);
  const auto count = static_cast<std::size_t>(std::count(inputs.begin(), inputs.end(), ',')) + 1;
  if (count != operands.size()) {
    throw ValueError("einsum: \"" + given + "\" is of " + std::to_string(count) + " operands, given " +
                     std::to_string(operands.size()));
  }
  std::map<int, int64_t> lengths;
  std::map<int, int> times;
  int most_dots = 0;
  for (const Shape& shape : operands) {
    const std::string_view subscripts = inputs.substr(0, inputs.find(','));
    inputs.remove_prefix(std::min(subscripts.size() + 1, inputs.size()));
    const bool has_dots = subscripts.find("...") != std::string_view::npos;
    const int letters = static_cast<int>(subscripts.size()) - (has_dots ? 3 : 0);
    if (has_dots ? letters > shape.rank() : letters != shape.rank()) {
      throw ShapeError("einsum: subscripts \"" + std::string(subscripts) + "\" do not fit an operand of shape " +
                       shape.str());
    }
    if (has_dots) most_dots = std::max(most_dots, shape.rank() - letters);
    const Labels labels = labels_of(subscripts, shape.rank());
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const int label = labels[static_cast<std::size_t>(axis)];
      ++times[label];
      meet(given, label, shape[axis], lengths.try_emplace(label, shape[axis]).first->second);
    }
  }
  Shape result;
  if (arrow != std::string::npos) {
    const std::string_view output = std::string_view(equation).substr(arrow + 2);
    const bool has_dots = output.find("...") != std::string_view::npos;
    const int letters = static_cast<int>(output.size()) - (has_dots ? 3 : 0);
    for (const int label : labels_of(output, letters + (has_dots ? most_dots : 0))) {
      const auto found = lengths.find(label);
      result.push_back(found == lengths.end() ? unknown : found->second);
    }
  } else {
    // The axes of the dots, then letters that occur once, in alphabetical order.
    for (int axis = most_dots; axis > 0; --axis) result.push_back(lengths.at(-axis));
    for (const auto& [label, length] : lengths) {
      if (label > 0 && times.at(label) == 1) result.push_back(length);
    }
  }
  return {result};
}

Shapes flip(const Shapes& operands, const Config& options) {
  if (!options.at("axis").is_null()) places("flip", options, "axis", operands[0]);
  return {operands[0]};
}

Shapes glu(const Shapes& operands, const Config& options) {
  Shape result = operands[0];
  const int axis = checked_axis("glu", axis_of(options), result);
  if (result[axis] == unknown) return {result};
  if (result[axis] % 2 != 0) {
    throw ShapeError("glu: axis " + std::to_string(axis) + " of the shape " + result.str() + " is not of even length");
  }
  result[axis] /= 2;
  return {result};
}

Shapes moveaxis(const Shapes& operands, const Config& options) {
  const Shape& shape = operands[0];
  const std::vector<int> from = places("moveaxis", options, "source", shape),
                         to = places("moveaxis", options, "destination", shape);
  if (from.size() != to.size()) {
    throw ValueError("moveaxis: expected as many axes in source as in destination, given " +
                     options.at("source").str() + " and " + options.at("destination").str());
  }
  // -2 is a place that is still free.
  Shape result(static_cast<std::size_t>(shape.rank()), -2);
  for (std::size_t i = 0; i < from.size(); ++i) result[to[i]] = shape[from[i]];
  auto next = result.begin();
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (std::find(from.begin(), from.end(), axis) != from.end()) continue;
    next = std::find(next, result.end(), -2);
    *next = shape[axis];
  }
  return {result};
}

Shapes one_hot(const Shapes& operands, const Config& options) {
  Shape result = operands[0];
  result.insert(checked_axis("one_hot", axis_of(options), result, 1), classes(options));
  return {result};
}

Shapes pad(const Shapes& operands, const Config& options) {
  Shape result = operands[0];
  const auto widths = pad_widths(options, result.rank());
  for (int axis = 0; axis < result.rank(); ++axis) {
    const auto [before, after] = widths[static_cast<std::size_t>(axis)];
    int64_t& length = result[axis];
    if (length == unknown) continue;
    if (__builtin_add_overflow(length, before, &length) || __builtin_add_overflow(length, after, &length)) {
      throw ShapeError("pad: pad_width " + options.at("pad_width").str() + " is too large for the shape " +
                       operands[0].str());
    }
  }
  return {result};
}

Shapes ravel(const Shapes& operands, const Config&) { return {Shape{elements_of("ravel", operands[0])}}; }

Shapes repeat(const Shapes& operands, const Config& options) {
  const bool is_flat = options.at("axis").is_null();
  Shape result = is_flat ? Shape{elements_of("repeat", operands[0])} : operands[0];
  int64_t& length = result[is_flat ? 0 : checked_axis("repeat", axis_of(options), result)];
  const std::vector<int64_t> repeats = own_options::repeats(options, "repeat");
  if (repeats.size() == 1) {
    length = product("repeat", length, repeats[0]);
    return {result};
  }
  if (!may_be_equal(length, static_cast<int64_t>(repeats.size()))) {
    throw ShapeError("repeat: " + std::to_string(repeats.size()) + " repeats for an axis of length " +
                     std::to_string(length));
  }
  length = 0;
  for (const int64_t each : repeats) {
    if (__builtin_add_overflow(length, each, &length)) {
      throw ShapeError("repeat: repeats are too large, given " + options.at("repeats").str());
    }
  }
  return {result};
}

Shapes split(const Shapes& operands, const Config& options) {
  const Shape& shape = operands[0];
  const int axis = checked_axis("split", axis_of(options), shape);
  const Config& given = options.at("indices_or_sections");
  Shapes result;
  const auto add_part = [&](int64_t length) {
    result.push_back(shape);
    result.back()[axis] = length;
  };
  if (given.is_integer()) {
    const int64_t sections = given.integer();
    if (sections < 1) throw ValueError("split: sections must be at least 1, given " + std::to_string(sections));
    if (shape[axis] != unknown && shape[axis] % sections != 0) {
      throw ShapeError("split: axis " + std::to_string(axis) + " of the shape " + shape.str() +
                       " does not divide into " + std::to_string(sections) + " parts");
    }
    check_results("split", sections);
    for (int64_t i = 0; i < sections; ++i) add_part(shape[axis] == unknown ? unknown : shape[axis] / sections);
    return result;
  }
  const auto indices = read<std::vector<int64_t>>(options, "indices_or_sections");
  check_results("split", static_cast<int64_t>(indices.size()));
  int64_t begin = 0;
  for (const int64_t end : indices) {
    add_part(length_between(begin, end, shape[axis]));
    begin = end;
  }
  add_part(length_between(begin, {}, shape[axis]));
  return result;
}

Shapes stack(const Shapes& operands, const Config& options) {
  Shape result = operands[0];
  for (const Shape& shape : operands) {
    check_equal("stack", operands[0], shape);
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (result[axis] == unknown) result[axis] = shape[axis];
    }
  }
  result.insert(checked_axis("stack", axis_of(options), operands[0], 1), static_cast<int64_t>(operands.size()));
  return {result};
}

Shapes swapaxes(const Shapes& operands, const Config& options) {
  Shape result = operands[0];
  const int a = checked_axis("swapaxes", axis_of(options, "axis1"), result),
            b = checked_axis("swapaxes", axis_of(options, "axis2"), result);
  std::swap(result[a], result[b]);
  return {result};
}

Shapes take(const Shapes& operands, const Config& options) {
  const Shape &shape = operands[0], &indices = operands[1];
  if (options.at("axis").is_null()) return {indices};
  const int axis = checked_axis("take", axis_of(options), shape);
  return {joined(Shape(shape.begin(), shape.begin() + axis), indices, Shape(shape.begin() + axis + 1, shape.end()))};
}

Shapes take_along_axis(const Shapes& operands, const Config& options) {
  const Shape &shape = operands[0], &indices = operands[1];
  if (options.at("axis").is_null()) return {Shape{elements_of("take_along_axis", indices)}};
  const int axis = checked_axis("take_along_axis", axis_of(options), shape);
  if (indices.rank() != shape.rank()) {
    throw ShapeError("take_along_axis: expected indices of as many dimensions as " + shape.str() + ", given " +
                     indices.str());
  }
  Shape result = broadcast_shapes("take_along_axis", without_axis(shape, axis), without_axis(indices, axis));
  result.insert(axis, indices[axis]);
  return {result};
}

Shapes tensordot(const Shapes& operands, const Config& options) {
  const Shape &a = operands[0], &b = operands[1];
  const Config& given = options.at("axes");
  std::vector<int> of_a, of_b;
  if (given.is_integer()) {
    const int64_t count = given.integer();
    if (count < 0 || count > std::min(a.rank(), b.rank())) {
      throw ValueError("tensordot: expected at most as many axes as a " + a.str() + " and b " + b.str() +
                       " have, given " + given.str());
    }
    for (int axis = 0; axis < static_cast<int>(count); ++axis) {
      of_a.push_back(a.rank() - static_cast<int>(count) + axis);
      of_b.push_back(axis);
    }
  } else {
    if (given.list().size() != 2) throw ValueError("tensordot: axes are two lists, given " + given.str());
    const auto listed = [](const Config& axes) {
      if (axes.is_integer()) return std::vector<int64_t>{axes.integer()};
      std::vector<int64_t> all;
      xtape::from_config(axes, all);
      return all;
    };
    of_a = places("tensordot", given, listed(given.list()[0]), a);
    of_b = places("tensordot", given, listed(given.list()[1]), b);
    if (of_a.size() != of_b.size()) {
      throw ValueError("tensordot: expected as many axes of a as of b, given " + given.str());
    }
  }
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    if (may_be_equal(a[of_a[i]], b[of_b[i]])) continue;
    throw ShapeError("tensordot: axes " + given.str() + " of a " + a.str() + " and b " + b.str() +
                     " have different lengths");
  }
  Shape result;
  const auto add_others = [&](const Shape& shape, const std::vector<int>& axes) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (std::find(axes.begin(), axes.end(), axis) == axes.end()) result.push_back(shape[axis]);
    }
  };
  add_others(a, of_a);
  add_others(b, of_b);
  return {result};
}

Shapes tile(const Shapes& operands, const Config& options) {
  const std::vector<int64_t> repeats = own_options::repeats(options, "tile");
  Shape result = operands[0];
  while (result.size() < repeats.size()) result.insert(0, 1);
  const std::size_t first = result.size() - repeats.size();
  for (std::size_t i = 0; i < repeats.size(); ++i) result[first + i] = product("tile", result[first + i], repeats[i]);
  return {result};
}

Shapes transpose(const Shapes& operands, const Config& options) {
  Shape result = operands[0];
  if (options.at("axes").is_null()) {
    std::reverse(result.begin(), result.end());
    return {result};
  }
  const std::vector<int> axes = places("transpose", options, "axes", operands[0]);
  if (axes.size() != operands[0].size()) {
    throw ShapeError("transpose: expected " + std::to_string(operands[0].size()) + " axes for the shape " +
                     operands[0].str() + ", given " + options.at("axes").str());
  }
  for (std::size_t i = 0; i < axes.size(); ++i) result[i] = operands[0][axes[i]];
  return {result};
}

Shapes unstack(const Shapes& operands, const Config& options) {
  const Shape& shape = operands[0];
  const int axis = checked_axis("unstack", axis_of(options), shape);
  const auto number = read<std::optional<int64_t>>(options, "num");
  if (!number && shape[axis] == unknown) {
    throw ValueError("unstack: the length of axis " + std::to_string(axis) + " of the shape " + shape.str() +
                     " is not known: say it by num");
  }
  const int64_t count = number.value_or(shape[axis]);
  if (!may_be_equal(shape[axis], count)) {
    throw ValueError("unstack: num is " + std::to_string(count) + ", the length of the axis " +
                     std::to_string(shape[axis]));
  }
  if (count < 1) throw ValueError("unstack: the axis must have a length of at least 1, given " + std::to_string(count));
  check_results("unstack", count);
  return Shapes(static_cast<std::size_t>(count), without_axis(shape, axis));
}

}  // namespace xtape::layers::operation_shapes
