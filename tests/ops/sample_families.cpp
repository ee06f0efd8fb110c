#include "ops/sample_families.hpp"

#include <sstream>

namespace xtape::test {
namespace {

// The row-major offset in `shape` (broadcast to `output`) of the output element at `position`.
std::size_t broadcast_offset(const Shape& shape, const Shape& output, const Shape& position) {
  int64_t offset = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const int64_t coordinate = position[axis + output.rank() - shape.rank()];
    offset = offset * shape[axis] + (shape[axis] == 1 ? 0 : coordinate);
  }
  return static_cast<std::size_t>(offset);
}

// Moves on to the next row-major position.
void advance(Shape& position, const Shape& shape) {
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (++position[axis] < shape[axis]) return;
    position[axis] = 0;
  }
}

std::string axes_text(const std::vector<int>& axes) {
  std::ostringstream text;
  for (int axis : axes) text << ' ' << axis;
  return text.str();
}

std::vector<bool> reduced_axes(const Axes& axes, int rank) {
  std::vector<bool> reduced(static_cast<std::size_t>(rank), axes.all());
  for (int axis : axes.values()) reduced[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
  return reduced;
}

}  // namespace

Tensor map_elements(const Tensors& inputs, const std::function<double(const std::vector<double>&)>& function) {
  Shape shape;
  std::vector<std::vector<double>> values;
  for (const Tensor& input : inputs) {
    shape = broadcast_shapes(shape, input.shape());
    values.push_back(input.to_vector<double>());
  }
  std::vector<double> result;
  Shape position(shape.size(), 0);
  std::vector<double> arguments(inputs.size());
  for (int64_t i = 0; i < shape.numel(); ++i, advance(position, shape)) {
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      arguments[k] = values[k][broadcast_offset(inputs[k].shape(), shape, position)];
    }
    result.push_back(function(arguments));
  }
  return from_data(result.data(), shape);
}

Tensor reduce_elements(const Tensor& x, const Axes& axes, bool keepdims,
                       const std::function<double(const std::vector<double>&)>& function) {
  const std::vector<bool> reduced = reduced_axes(axes, x.rank());
  Shape kept, result_shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const bool gone = reduced[static_cast<std::size_t>(axis)];
    kept.push_back(gone ? 1 : x.shape(axis));
    if (!gone) result_shape.push_back(x.shape(axis));
  }
  std::vector<std::vector<double>> groups(static_cast<std::size_t>(kept.numel()));
  const std::vector<double> values = x.to_vector<double>();
  Shape position(x.shape().size(), 0);
  for (double value : values) {
    groups[broadcast_offset(kept, x.shape(), position)].push_back(value);
    advance(position, x.shape());
  }
  std::vector<double> result;
  for (const std::vector<double>& group : groups) result.push_back(function(group));
  return from_data(result.data(), keepdims ? kept : result_shape);
}

std::vector<Sample> unary_samples(const UnaryOp& op, const std::function<double(double)>& reference,
                                  const Domain& domain) {
  std::vector<Sample> samples;
  auto add = [&](const char* description, const Shape& shape, const UnaryOp& view) {
    samples.push_back({description,
                       [=](const Tensors& x) -> Tensors { return {op(view(x[0]))}; },
                       {sample(shape, domain)},
                       [=](const Tensors& x) -> Tensors {
                         return {map_elements({view(x[0])}, [&](const auto& v) { return reference(v[0]); })};
                       }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  add("0-dim", {}, same);
  add("size 0", {0, 3}, same);
  add("size 1", {1, 1}, same);
  add("matrix", {5, 7}, same);
  add("3-d", {2, 3, 4}, same);
  add("transposed", {3, 5}, [](const Tensor& x) { return x.transpose(); });
  add("permuted", {2, 3, 4}, [](const Tensor& x) { return x.permute({2, 0, 1}); });
  add("every second column", {3, 8}, [](const Tensor& x) { return x[{Slice{}, Slice{.start = 1, .step = 2}}]; });
  add("reversed rows", {4, 3}, [](const Tensor& x) { return x.slice(0, {.step = -1}); });
  add("expanded", {1, 3}, [](const Tensor& x) { return x.broadcast_to({2, 4, 3}); });
  add("large", {37, 1031}, same);
  samples.back().gradcheck = false;
  return samples;
}

std::vector<Sample> binary_samples(const BinaryOp& op, const std::function<double(double, double)>& reference,
                                   const Domain& a_domain, const Domain& b_domain) {
  std::vector<Sample> samples;
  auto add_views = [&](const std::string& description, const Shape& a, const Shape& b, const UnaryOp& view_a,
                       const UnaryOp& view_b) {
    samples.push_back(
        {description,
         [=](const Tensors& x) -> Tensors { return {op(view_a(x[0]), view_b(x[1]))}; },
         {sample(a, a_domain, 1), sample(b, b_domain, 2)},
         [=](const Tensors& x) -> Tensors {
           return {map_elements({view_a(x[0]), view_b(x[1])}, [&](const auto& v) { return reference(v[0], v[1]); })};
         }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  auto add = [&](const Shape& a, const Shape& b) { add_views(a.str() + " and " + b.str(), a, b, same, same); };
  add({3, 4}, {3, 4});
  add({3, 4}, {4});
  add({4}, {3, 4});
  add({3, 4}, {3, 1});
  add({3, 1}, {1, 4});
  add({2, 3, 4}, {3, 1});
  add({2, 1, 4}, {2, 3, 4});
  add({1, 1}, {2, 3});
  add({}, {3});
  add({2, 3}, {});
  add({}, {});
  add({0, 3}, {3});
  add({1}, {0});
  const UnaryOp transposed = [](const Tensor& x) { return x.transpose(); };
  add_views("transposed and not", {4, 3}, {3, 4}, transposed, same);
  add_views("both transposed", {4, 3}, {4, 3}, transposed, transposed);
  add_views(
      "sliced and expanded", {6, 4}, {1, 4}, [](const Tensor& x) { return x.slice(0, {.step = 2}); },
      [](const Tensor& x) {
        return x.broadcast_to({3, 4});
      });
  add({67, 513}, {67, 513});
  samples.back().gradcheck = false;
  add({67, 513}, {513});
  samples.back().gradcheck = false;
  add({67, 1}, {67, 513});
  samples.back().gradcheck = false;
  samples.push_back({"the same tensor twice",
                     [=](const Tensors& x) -> Tensors { return {op(x[0], x[0])}; },
                     {sample({3, 4}, a_domain)},
                     [=](const Tensors& x) -> Tensors {
                       return {map_elements(x, [&](const auto& v) { return reference(v[0], v[0]); })};
                     }});
  return samples;
}

std::vector<Sample> reduction_samples(const ReductionOp& op,
                                      const std::function<double(const std::vector<double>&)>& reference,
                                      const Domain& domain) {
  std::vector<Sample> samples;
  auto add = [&](const std::string& description, const Shape& shape, const Axes& axes, bool keepdims,
                 const UnaryOp& view) {
    samples.push_back(
        {description + (keepdims ? ", keepdims" : ""),
         [=](const Tensors& x) -> Tensors { return {op(view(x[0]), axes, keepdims)}; },
         {sample(shape, domain)},
         [=](const Tensors& x) -> Tensors { return {reduce_elements(view(x[0]), axes, keepdims, reference)}; }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  for (bool keepdims : {false, true}) {
    add("all axes", {3, 4}, {}, keepdims, same);
    for (const std::vector<int>& axes :
         {std::vector<int>{0}, {1}, {2}, {-1}, {-3}, {0, 1}, {0, 2}, {1, 2}, {2, 0}, {-1, 0}, {0, 1, 2}}) {
      add("axes" + axes_text(axes) + " of 3", {2, 3, 4}, axes, keepdims, same);
    }
    add("axes 0 2 3 of 4", {2, 2, 3, 2}, {0, 2, 3}, keepdims, same);
    add("axes 1 3 of 4", {2, 2, 3, 2}, {1, 3}, keepdims, same);
    add("0-dim", {}, {}, keepdims, same);
    add("axis of length 1", {3, 1}, 1, keepdims, same);
    add("other axes of length 0", {0, 3}, 1, keepdims, same);
    add("transposed", {3, 4}, 0, keepdims, [](const Tensor& x) { return x.transpose(); });
    add("permuted", {2, 3, 4}, {0, 2}, keepdims, [](const Tensor& x) { return x.permute({1, 2, 0}); });
    add("expanded", {1, 4}, 1, keepdims, [](const Tensor& x) { return x.broadcast_to({3, 4}); });
    add("sliced", {5, 6}, 1, keepdims, [](const Tensor& x) { return x[{Slice{.step = 2}, Slice{.start = 1}}]; });
  }
  for (const auto& [shape, axes] : {std::pair<Shape, Axes>{{61, 1013}, Axes(1)},
                                    {{61, 1013}, Axes(0)},
                                    {{61, 1013}, Axes()},
                                    {{7, 61, 129}, Axes(1)},
                                    {{7, 61, 129}, {0, 2}}}) {
    add("large", shape, axes, false, same);
    samples.back().gradcheck = false;
  }
  return samples;
}

Function rearranged(const Shape& output, const std::function<Shape(const Shape&)>& source) {
  return [=](const Tensors& x) -> Tensors {
    std::vector<double> values;
    const std::vector<double> elements = x[0].to_vector<double>();
    Shape position(output.size(), 0);
    for (int64_t i = 0; i < output.numel(); ++i) {
      int64_t rest = i;
      for (int axis = output.rank() - 1; axis >= 0; --axis) {
        position[axis] = rest % output[axis];
        rest /= output[axis];
      }
      const Shape from = source(position);
      int64_t offset = 0;
      for (int axis = 0; axis < x[0].rank(); ++axis) offset = offset * x[0].shape(axis) + from[axis];
      values.push_back(elements[static_cast<std::size_t>(offset)]);
    }
    return {from_data(values.data(), output)};
  };
}

Sample unary_sample(const char* description, const UnaryOp& function, const Shape& shape, const Function& reference) {
  return {description, [=](const Tensors& x) -> Tensors { return {function(x[0])}; }, {sample(shape)}, reference};
}

}  // namespace xtape::test
