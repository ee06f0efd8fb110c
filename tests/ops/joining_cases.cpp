#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

OpCase concatenate_row() {
  auto add = [](std::vector<Sample>& samples, const char* description, const std::vector<Shape>& shapes, int axis) {
    Tensors inputs;
    for (const Shape& shape : shapes) inputs.push_back(sample(shape, {}, inputs.size() + 1));
    samples.push_back({description, [=](const Tensors& x) -> Tensors { return {concatenate(x, axis)}; }, inputs});
  };
  OpCase result{"concatenate", {}, Integers::kept};
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
  return result;
}

OpCase stack_row() {
  auto add = [](std::vector<Sample>& samples, const char* description, const Shape& shape, int axis,
                const Function& reference) {
    samples.push_back({description,
                       [=](const Tensors& x) -> Tensors { return {stack(x, axis)}; },
                       {sample(shape, {}, 1), sample(shape, {}, 2)},
                       reference});
  };
  OpCase result{"stack", {}, Integers::kept};
  add(result.samples, "first axis", {2, 3}, 0, [](const Tensors& x) -> Tensors {
    return {concatenate({x[0].expand_dims(0), x[1].expand_dims(0)}, 0)};
  });
  add(result.samples, "last axis", {2, 2}, -1, [](const Tensors& x) -> Tensors {
    const std::vector<double> a = x[0].to_vector<double>(), b = x[1].to_vector<double>();
    return {tensor({{{a[0], b[0]}, {a[1], b[1]}}, {{a[2], b[2]}, {a[3], b[3]}}}, float64)};
  });
  add(result.samples, "0-dim", {}, 0, {});
  return result;
}

OpCase split_row() {
  return {"split",
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
            {sample({3, 4})}}},
          Integers::kept};
}

OpCase pad_row() {
  return {
      "pad",
      {unary_sample(
           "zeros",
           [](const Tensor& x) {
             return pad(x, {{1, 2}, {0, 1}});
           },
           {2, 3},
           [](const Tensors& x) -> Tensors {
             const std::vector<double> v = x[0].to_vector<double>();
             return {tensor(
                 {{0., 0., 0., 0.}, {v[0], v[1], v[2], 0.}, {v[3], v[4], v[5], 0.}, {0., 0., 0., 0.}, {0., 0., 0., 0.}},
                 float64)};
           }),
       unary_sample(
           "a value",
           [](const Tensor& x) {
             return pad(x, {{1, 1}}, 3);
           },
           {2},
           [](const Tensors& x) -> Tensors {
             const std::vector<double> v = x[0].to_vector<double>();
             return {tensor({3., v[0], v[1], 3.}, float64)};
           }),
       unary_sample("nothing",
                    [](const Tensor& x) {
                      return pad(x, {{0, 0}, {0, 0}});
                    },
                    {2, 3}),
       unary_sample("size 0",
                    [](const Tensor& x) {
                      return pad(x, {{1, 1}, {0, 0}});
                    },
                    {0, 2}),
       unary_sample("a view",
                    [](const Tensor& x) {
                      return pad(x.transpose(), {{1, 0}, {0, 2}});
                    },
                    {2, 3})},
      Integers::kept};
}

OpCase crop_row() {
  return {"crop",
          {unary_sample(
               "both ends",
               [](const Tensor& x) {
                 return crop(x, {{1, 0}, {1, 2}});
               },
               {3, 5},
               rearranged({2, 2},
                          [](const Shape& p) {
                            return Shape{p[0] + 1, p[1] + 1};
                          })),
           unary_sample("nothing",
                        [](const Tensor& x) {
                          return crop(x, {{0, 0}, {0, 0}});
                        },
                        {2, 3}),
           unary_sample("everything",
                        [](const Tensor& x) {
                          return crop(x, {{1, 1}, {0, 0}});
                        },
                        {2, 3})},
          Integers::kept};
}

OpCase repeat_row() {
  OpCase result{"repeat", {}, Integers::kept};
  for (const int axis : {0, 1, -1}) {
    const std::size_t along = axis < 0 ? 2 : static_cast<std::size_t>(axis);
    Shape repeated = {2, 3, 4};
    repeated[along] *= 3;
    result.samples.push_back(unary_sample(
        "three times", [=](const Tensor& x) { return repeat(x, 3, axis); }, {2, 3, 4},
        rearranged(repeated, [=](Shape p) {
          p[along] /= 3;
          return p;
        })));
  }
  result.samples.push_back(unary_sample("once", [](const Tensor& x) { return repeat(x, 1, 0); }, {2, 3}));
  result.samples.push_back(unary_sample("never", [](const Tensor& x) { return repeat(x, 0, 0); }, {2, 3}));
  result.samples.push_back(unary_sample("size 0", [](const Tensor& x) { return repeat(x, 2, 1); }, {0, 2}));
  return result;
}

}  // namespace

std::vector<OpCase> joining_cases() {
  return {concatenate_row(), stack_row(), split_row(), pad_row(), crop_row(), repeat_row()};
}

}  // namespace xtape::test
