#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

// The value of a rearrangement, read off element by element: `source` gives the input's position for each
// position of the output.
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

Sample one(const char* description, const UnaryOp& function, const Shape& shape, const Function& reference = {}) {
  return {description, [=](const Tensors& x) -> Tensors { return {function(x[0])}; }, {sample(shape)}, reference};
}

OpCase kept(OpCase result) {
  result.integers = Integers::kept;
  return result;
}

OpCase reshape_row() {
  const Function same_order = [](const Tensors& x) -> Tensors {
    return {from_data(x[0].to_vector<double>().data(), {4, 6})};
  };
  return kept({"reshape",
               {one(
                    "contiguous",
                    [](const Tensor& x) {
                      return reshape(x, {4, 6});
                    },
                    {2, 3, 4}, same_order),
                one(
                    "inferred length",
                    [](const Tensor& x) {
                      return reshape(x, {-1, 6});
                    },
                    {2, 3, 4}, same_order),
                one("to 0-dim", [](const Tensor& x) { return reshape(x, {}); }, {1, 1}),
                one("size 0",
                    [](const Tensor& x) {
                      return reshape(x, {3, 0});
                    },
                    {0, 2}),
                one(
                    "of a transposed tensor",
                    [](const Tensor& x) {
                      return reshape(x.transpose(), {2, 6});
                    },
                    {4, 3},
                    rearranged({2, 6},
                               [](const Shape& p) {
                                 return Shape{(p[0] * 6 + p[1]) % 4, (p[0] * 6 + p[1]) / 4};
                               })),
                one(
                    "of an expanded tensor",
                    [](const Tensor& x) {
                      return reshape(x.broadcast_to({2, 3}), {6});
                    },
                    {1, 3},
                    rearranged({6},
                               [](const Shape& p) {
                                 return Shape{0, p[0] % 3};
                               })),
                one("flatten", [](const Tensor& x) { return x.flatten(1); }, {2, 3, 4})}});
}

OpCase transpose_row() {
  return kept({"transpose",
               {one(
                    "matrix", [](const Tensor& x) { return transpose(x); }, {3, 4},
                    rearranged({4, 3},
                               [](const Shape& p) {
                                 return Shape{p[1], p[0]};
                               })),
                one(
                    "3-d", [](const Tensor& x) { return transpose(x); }, {2, 3, 4},
                    rearranged({4, 3, 2},
                               [](const Shape& p) {
                                 return Shape{p[2], p[1], p[0]};
                               })),
                one(
                    "two axes", [](const Tensor& x) { return transpose(x, 0, -2); }, {2, 3, 4},
                    rearranged({3, 2, 4},
                               [](const Shape& p) {
                                 return Shape{p[1], p[0], p[2]};
                               })),
                one("0-dim", [](const Tensor& x) { return transpose(x); }, {}),
                one("size 0", [](const Tensor& x) { return transpose(x); }, {0, 3})}});
}

OpCase permute_row() {
  return kept({"permute",
               {one(
                    "3-d",
                    [](const Tensor& x) {
                      return permute(x, {2, 0, 1});
                    },
                    {2, 3, 4},
                    rearranged({4, 2, 3},
                               [](const Shape& p) {
                                 return Shape{p[1], p[2], p[0]};
                               })),
                one(
                    "negative axes",
                    [](const Tensor& x) {
                      return permute(x, {0, -1, 1});
                    },
                    {2, 3, 4},
                    rearranged({2, 4, 3},
                               [](const Shape& p) {
                                 return Shape{p[0], p[2], p[1]};
                               })),
                one(
                    "twice",
                    [](const Tensor& x) {
                      return permute(permute(x, {1, 2, 0}), {1, 0, 2});
                    },
                    {2, 3, 4}, rearranged({4, 3, 2}, [](const Shape& p) {
                      return Shape{p[2], p[1], p[0]};
                    }))}});
}

OpCase squeeze_row() {
  return kept({"squeeze",
               {one(
                    "all", [](const Tensor& x) { return squeeze(x); }, {1, 3, 1, 2},
                    rearranged({3, 2},
                               [](const Shape& p) {
                                 return Shape{0, p[0], 0, p[1]};
                               })),
                one(
                    "one axis", [](const Tensor& x) { return squeeze(x, -2); }, {1, 3, 1, 2},
                    rearranged({1, 3, 2},
                               [](const Shape& p) {
                                 return Shape{0, p[1], 0, p[2]};
                               })),
                one("two axes",
                    [](const Tensor& x) {
                      return squeeze(x, {0, 2});
                    },
                    {1, 3, 1, 2})}});
}

OpCase expand_dims_row() {
  return kept({"expand_dims",
               {one(
                    "first", [](const Tensor& x) { return expand_dims(x, 0); }, {3, 2},
                    rearranged({1, 3, 2},
                               [](const Shape& p) {
                                 return Shape{p[1], p[2]};
                               })),
                one(
                    "last", [](const Tensor& x) { return expand_dims(x, -1); }, {3, 2},
                    rearranged({3, 2, 1},
                               [](const Shape& p) {
                                 return Shape{p[0], p[1]};
                               })),
                one("0-dim", [](const Tensor& x) { return expand_dims(x, 0); }, {})}});
}

OpCase broadcast_to_row() {
  return kept({"broadcast_to",
               {one(
                    "new axis",
                    [](const Tensor& x) {
                      return broadcast_to(x, {2, 3});
                    },
                    {3}, rearranged({2, 3}, [](const Shape& p) { return Shape{p[1]}; })),
                one(
                    "axis of length 1",
                    [](const Tensor& x) {
                      return broadcast_to(x, {2, 3, 4});
                    },
                    {3, 1},
                    rearranged({2, 3, 4},
                               [](const Shape& p) {
                                 return Shape{p[1], 0};
                               })),
                one("0-dim",
                    [](const Tensor& x) {
                      return broadcast_to(x, {2, 3});
                    },
                    {}),
                one("to size 0",
                    [](const Tensor& x) {
                      return broadcast_to(x, {0, 3});
                    },
                    {0, 1}),
                one("same shape",
                    [](const Tensor& x) {
                      return broadcast_to(x, {2, 3});
                    },
                    {2, 3})}});
}

OpCase sum_to_shape_row() {
  auto sums = [](const Axes& axes, bool keepdims) -> Function {
    return [=](const Tensors& x) -> Tensors {
      return {reduce_elements(x[0], axes, keepdims, [](const std::vector<double>& v) {
        double total = 0;
        for (double each : v) total += each;
        return total;
      })};
    };
  };
  return {"sum_to_shape",
          {one(
               "leading axis",
               [](const Tensor& x) {
                 return sum_to_shape(x, {3, 4});
               },
               {2, 3, 4}, sums(0, false)),
           one(
               "kept axis",
               [](const Tensor& x) {
                 return sum_to_shape(x, {2, 1, 4});
               },
               {2, 3, 4}, sums(1, true)),
           one(
               "to 0-dim", [](const Tensor& x) { return sum_to_shape(x, {}); }, {2, 3}, sums({}, false)),
           one("same shape",
               [](const Tensor& x) {
                 return sum_to_shape(x, {2, 3});
               },
               {2, 3}),
           one("transposed",
               [](const Tensor& x) {
                 return sum_to_shape(x.transpose(), {1, 3});
               },
               {3, 4})}};
}

OpCase concatenate_row() {
  auto add = [](std::vector<Sample>& samples, const char* description, const std::vector<Shape>& shapes, int axis) {
    Tensors inputs;
    for (const Shape& shape : shapes) inputs.push_back(sample(shape, {}, inputs.size() + 1));
    samples.push_back({description, [=](const Tensors& x) -> Tensors { return {concatenate(x, axis)}; }, inputs});
  };
  OpCase result{"concatenate", {}};
  add(result.samples, "first axis", {{2, 3}, {1, 3}, {4, 3}}, 0);
  result.samples.back().reference = [](const Tensors& x) -> Tensors {
    std::vector<double> values;
    for (const Tensor& each : x) {
      for (double value : each.to_vector<double>()) values.push_back(value);
    }
    return {from_data(values.data(), {7, 3})};
  };
  add(result.samples, "last axis", {{2, 3}, {2, 1}}, -1);
  result.samples.back().reference = [](const Tensors& x) -> Tensors {
    const std::vector<double> a = x[0].to_vector<double>(), b = x[1].to_vector<double>();
    return {tensor({{a[0], a[1], a[2], b[0]}, {a[3], a[4], a[5], b[1]}}, float64)};
  };
  add(result.samples, "middle axis", {{2, 2, 3}, {2, 1, 3}}, 1);
  add(result.samples, "one tensor", {{2, 3}}, 0);
  add(result.samples, "size 0", {{0, 3}, {2, 3}}, 0);
  result.samples.push_back({"one tensor twice, one a view",
                            [](const Tensors& x) -> Tensors {
                              return {concatenate({x[0], x[0].transpose()}, 1)};
                            },
                            {sample({3, 3})}});
  return kept(result);
}

OpCase stack_row() {
  auto add = [](std::vector<Sample>& samples, const char* description, const Shape& shape, int axis,
                const Function& reference) {
    samples.push_back({description,
                       [=](const Tensors& x) -> Tensors { return {stack(x, axis)}; },
                       {sample(shape, {}, 1), sample(shape, {}, 2)},
                       reference});
  };
  OpCase result{"stack", {}};
  add(result.samples, "first axis", {2, 3}, 0, [](const Tensors& x) -> Tensors {
    return {concatenate({x[0].expand_dims(0), x[1].expand_dims(0)}, 0)};
  });
  add(result.samples, "last axis", {2, 2}, -1, [](const Tensors& x) -> Tensors {
    const std::vector<double> a = x[0].to_vector<double>(), b = x[1].to_vector<double>();
    return {tensor({{{a[0], b[0]}, {a[1], b[1]}}, {{a[2], b[2]}, {a[3], b[3]}}}, float64)};
  });
  add(result.samples, "0-dim", {}, 0, {});
  return kept(result);
}

OpCase split_row() {
  return kept({"split",
               {{"equal parts",
                 [](const Tensors& x) { return split(x[0], int64_t{3}, 1); },
                 {sample({2, 6})},
                 [](const Tensors& x) -> Tensors {
                   return {x[0].slice(1, {0, 2}), x[0].slice(1, {2, 4}), x[0].slice(1, {4, 6})};
                 }},
                {"lengths",
                 [](const Tensors& x) {
                   return split(x[0], {1, 0, 3}, 0);
                 },
                 {sample({4, 2})},
                 [](const Tensors& x) -> Tensors {
                   return {x[0].slice(0, {0, 1}), x[0].slice(0, {1, 1}), x[0].slice(0, {1, 4})};
                 }},
                {"one part used",
                 [](const Tensors& x) -> Tensors { return {split(x[0], int64_t{2}, -1)[1]}; },
                 {sample({3, 4})}}}});
}

OpCase pad_row() {
  return kept({"pad",
               {one(
                    "zeros",
                    [](const Tensor& x) {
                      return pad(x, {{1, 2}, {0, 1}});
                    },
                    {2, 3},
                    [](const Tensors& x) -> Tensors {
                      const std::vector<double> v = x[0].to_vector<double>();
                      return {tensor({{0., 0., 0., 0.},
                                      {v[0], v[1], v[2], 0.},
                                      {v[3], v[4], v[5], 0.},
                                      {0., 0., 0., 0.},
                                      {0., 0., 0., 0.}},
                                     float64)};
                    }),
                one(
                    "a value",
                    [](const Tensor& x) {
                      return pad(x, {{1, 1}}, 3);
                    },
                    {2},
                    [](const Tensors& x) -> Tensors {
                      const std::vector<double> v = x[0].to_vector<double>();
                      return {tensor({3., v[0], v[1], 3.}, float64)};
                    }),
                one("nothing",
                    [](const Tensor& x) {
                      return pad(x, {{0, 0}, {0, 0}});
                    },
                    {2, 3}),
                one("size 0",
                    [](const Tensor& x) {
                      return pad(x, {{1, 1}, {0, 0}});
                    },
                    {0, 2}),
                one("a view",
                    [](const Tensor& x) {
                      return pad(x.transpose(), {{1, 0}, {0, 2}});
                    },
                    {2, 3})}});
}

OpCase slice_row() {
  using S = Slice;
  return kept({"slice",
               {one(
                    "range", [](const Tensor& x) { return x.slice(0, {.start = 1, .stop = 3}); }, {4, 2},
                    rearranged({2, 2},
                               [](const Shape& p) {
                                 return Shape{p[0] + 1, p[1]};
                               })),
                one(
                    "steps", [](const Tensor& x) { return x.slice(1, {.start = 1, .step = 3}); }, {2, 8},
                    rearranged({2, 3},
                               [](const Shape& p) {
                                 return Shape{p[0], 1 + 3 * p[1]};
                               })),
                one(
                    "backwards", [](const Tensor& x) { return x.slice(0, {.start = -2, .step = -2}); }, {6, 2},
                    rearranged({3, 2},
                               [](const Shape& p) {
                                 return Shape{4 - 2 * p[0], p[1]};
                               })),
                one("nothing", [](const Tensor& x) { return x.slice(0, {.start = 3, .stop = 1}); }, {4, 2}),
                one(
                    "select", [](const Tensor& x) { return x.select(1, -1); }, {3, 4},
                    rearranged({3},
                               [](const Shape& p) {
                                 return Shape{p[0], 3};
                               })),
                one(
                    "x[i]", [](const Tensor& x) { return x[1]; }, {3, 4},
                    rearranged({4},
                               [](const Shape& p) {
                                 return Shape{1, p[0]};
                               })),
                one(
                    "x[{...}]",
                    [](const Tensor& x) {
                      return x[{1, S{}, S{.start = 0, .stop = 4, .step = 2}}];
                    },
                    {2, 3, 5},
                    rearranged({3, 2},
                               [](const Shape& p) {
                                 return Shape{1, p[0], 2 * p[1]};
                               })),
                one("overlapping views used together",
                    [](const Tensor& x) { return x.slice(0, {.start = 1}) * x.slice(0, {.stop = -1}); }, {5, 2})}});
}

OpCase take_row() {
  auto taken = [](const char* description, const Shape& shape, const Tensor& indices, int axis,
                  const Function& reference = {}) {
    return Sample{description,
                  [=](const Tensors& x) -> Tensors { return {take(x[0], x[1], axis)}; },
                  {sample(shape), indices},
                  reference};
  };
  return kept({"take",
               {taken("rows, repeated", {4, 3}, tensor({2, 0, 2, -1}), 0,
                      rearranged({4, 3},
                                 [](const Shape& p) {
                                   return Shape{std::vector{2, 0, 2, 3}[p[0]], p[1]};
                                 })),
                taken("columns", {2, 4}, tensor({3, 1}, int32), 1,
                      rearranged({2, 2},
                                 [](const Shape& p) {
                                   return Shape{p[0], std::vector{3, 1}[p[1]]};
                                 })),
                taken("indices of two axes", {4, 3}, tensor({{0, 1}, {3, 3}}), 0,
                      rearranged({2, 2, 3},
                                 [](const Shape& p) {
                                   return Shape{std::vector{0, 1, 3, 3}[2 * p[0] + p[1]], p[2]};
                                 })),
                taken("uint8 indices, negative axis", {2, 4}, tensor({1, 1}, uint8), -1),
                taken("0-dim index", {3, 2}, tensor(1), 0,
                      rearranged({2},
                                 [](const Shape& p) {
                                   return Shape{1, p[0]};
                                 })),
                taken("middle axis", {2, 3, 2}, tensor({2, 2, 0}), 1),
                {"of a view",
                 [](const Tensors& x) -> Tensors { return {take(x[0].transpose(), x[1], 0)}; },
                 {sample({2, 4}), tensor({3, 3, 0})}}}});
}

OpCase take_along_axis_row() {
  auto taken = [](const char* description, const Shape& shape, const Tensor& indices, int axis,
                  const Function& reference = {}) {
    return Sample{description,
                  [=](const Tensors& x) -> Tensors { return {take_along_axis(x[0], x[1], axis)}; },
                  {sample(shape), indices},
                  reference};
  };
  return kept({"take_along_axis",
               {taken("columns", {2, 4}, tensor({{3, 3, 0}, {1, -1, 1}}), 1,
                      rearranged({2, 3},
                                 [](const Shape& p) {
                                   return Shape{p[0], std::vector{3, 3, 0, 1, 3, 1}[3 * p[0] + p[1]]};
                                 })),
                taken("rows", {3, 2}, tensor({{2, 0}}), 0,
                      rearranged({1, 2},
                                 [](const Shape& p) {
                                   return Shape{std::vector{2, 0}[p[1]], p[1]};
                                 })),
                {"of a view",
                 [](const Tensors& x) -> Tensors { return {take_along_axis(x[0].transpose(), x[1], -1)}; },
                 {sample({3, 2}), tensor({{2, 2}, {0, 1}})}}}});
}

OpCase one_hot_row() {
  OpCase result{"one_hot",
                {{"labels",
                  [](const Tensors& x) -> Tensors { return {one_hot(x[0], 3, float64)}; },
                  {tensor({2, 0, 1})},
                  [](const Tensors&) -> Tensors {
                    return {tensor({{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}, float64)};
                  }},
                 {"two axes",
                  [](const Tensors& x) -> Tensors { return {one_hot(x[0], 2, float64)}; },
                  {tensor({{1, 0}}, uint8)},
                  [](const Tensors&) -> Tensors {
                    return {tensor({{{0, 1}, {1, 0}}}, float64)};
                  }}}};
  result.differentiable = false;
  return result;
}

}  // namespace

std::vector<OpCase> manipulation_cases() {
  return {reshape_row(),      transpose_row(),    permute_row(),     squeeze_row(),         expand_dims_row(),
          broadcast_to_row(), sum_to_shape_row(), concatenate_row(), stack_row(),           split_row(),
          pad_row(),          slice_row(),        take_row(),        take_along_axis_row(), one_hot_row()};
}

}  // namespace xtape::test
