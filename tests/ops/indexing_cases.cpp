#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

OpCase slice_row() {
  using S = Slice;
  return {"slice",
          {unary_sample(
               "range", [](const Tensor& x) { return x.slice(0, {.start = 1, .stop = 3}); }, {4, 2},
               rearranged({2, 2},
                          [](const Shape& p) {
                            return Shape{p[0] + 1, p[1]};
                          })),
           unary_sample(
               "steps", [](const Tensor& x) { return x.slice(1, {.start = 1, .step = 3}); }, {2, 8},
               rearranged({2, 3},
                          [](const Shape& p) {
                            return Shape{p[0], 1 + 3 * p[1]};
                          })),
           unary_sample(
               "backwards", [](const Tensor& x) { return x.slice(0, {.start = -2, .step = -2}); }, {6, 2},
               rearranged({3, 2},
                          [](const Shape& p) {
                            return Shape{4 - 2 * p[0], p[1]};
                          })),
           unary_sample("nothing", [](const Tensor& x) { return x.slice(0, {.start = 3, .stop = 1}); }, {4, 2}),
           unary_sample(
               "select", [](const Tensor& x) { return x.select(1, -1); }, {3, 4},
               rearranged({3},
                          [](const Shape& p) {
                            return Shape{p[0], 3};
                          })),
           unary_sample(
               "x[i]", [](const Tensor& x) { return x[1]; }, {3, 4},
               rearranged({4},
                          [](const Shape& p) {
                            return Shape{1, p[0]};
                          })),
           unary_sample(
               "x[{...}]",
               [](const Tensor& x) {
                 return x[{1, S{}, S{.start = 0, .stop = 4, .step = 2}}];
               },
               {2, 3, 5},
               rearranged({3, 2},
                          [](const Shape& p) {
                            return Shape{1, p[0], 2 * p[1]};
                          })),
           unary_sample("overlapping views used together",
                        [](const Tensor& x) { return x.slice(0, {.start = 1}) * x.slice(0, {.stop = -1}); }, {5, 2})},
          Integers::kept};
}

OpCase take_row() {
  auto taken = [](const char* description, const Shape& shape, const Tensor& indices, int axis,
                  const Function& reference = {}) {
    return Sample{description,
                  [=](const Tensors& x) -> Tensors { return {take(x[0], x[1], axis)}; },
                  {sample(shape), indices},
                  reference};
  };
  return {"take",
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
            {sample({2, 4}), tensor({3, 3, 0})}}},
          Integers::kept};
}

OpCase take_along_axis_row() {
  auto taken = [](const char* description, const Shape& shape, const Tensor& indices, int axis,
                  const Function& reference = {}) {
    return Sample{description,
                  [=](const Tensors& x) -> Tensors { return {take_along_axis(x[0], x[1], axis)}; },
                  {sample(shape), indices},
                  reference};
  };
  return {"take_along_axis",
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
            {sample({3, 2}), tensor({{2, 2}, {0, 1}})}}},
          Integers::kept};
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

std::vector<OpCase> indexing_cases() { return {slice_row(), take_row(), take_along_axis_row(), one_hot_row()}; }

}  // namespace xtape::test
