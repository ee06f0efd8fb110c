#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

OpCase reshape_row() {
  const Function same_order = [](const Tensors& x) -> Tensors {
    return {from_data(x[0].to_vector<double>().data(), {4, 6})};
  };
  return {"reshape",
          {unary_sample(
               "contiguous",
               [](const Tensor& x) {
                 return reshape(x, {4, 6});
               },
               {2, 3, 4}, same_order),
           unary_sample(
               "inferred length",
               [](const Tensor& x) {
                 return reshape(x, {-1, 6});
               },
               {2, 3, 4}, same_order),
           unary_sample("to 0-dim", [](const Tensor& x) { return reshape(x, {}); }, {1, 1}),
           unary_sample("size 0",
                        [](const Tensor& x) {
                          return reshape(x, {3, 0});
                        },
                        {0, 2}),
           unary_sample(
               "of a transposed tensor",
               [](const Tensor& x) {
                 return reshape(x.transpose(), {2, 6});
               },
               {4, 3},
               rearranged({2, 6},
                          [](const Shape& p) {
                            return Shape{(p[0] * 6 + p[1]) % 4, (p[0] * 6 + p[1]) / 4};
                          })),
           unary_sample(
               "of an expanded tensor",
               [](const Tensor& x) {
                 return reshape(x.broadcast_to({2, 3}), {6});
               },
               {1, 3},
               rearranged({6},
                          [](const Shape& p) {
                            return Shape{0, p[0] % 3};
                          })),
           unary_sample("flatten", [](const Tensor& x) { return x.flatten(1); }, {2, 3, 4})},
          Integers::kept};
}

OpCase transpose_row() {
  return {"transpose",
          {unary_sample(
               "matrix", [](const Tensor& x) { return transpose(x); }, {3, 4},
               rearranged({4, 3},
                          [](const Shape& p) {
                            return Shape{p[1], p[0]};
                          })),
           unary_sample(
               "3-d", [](const Tensor& x) { return transpose(x); }, {2, 3, 4},
               rearranged({4, 3, 2},
                          [](const Shape& p) {
                            return Shape{p[2], p[1], p[0]};
                          })),
           unary_sample(
               "two axes", [](const Tensor& x) { return transpose(x, 0, -2); }, {2, 3, 4},
               rearranged({3, 2, 4},
                          [](const Shape& p) {
                            return Shape{p[1], p[0], p[2]};
                          })),
           unary_sample("0-dim", [](const Tensor& x) { return transpose(x); }, {}),
           unary_sample("size 0", [](const Tensor& x) { return transpose(x); }, {0, 3})},
          Integers::kept};
}

OpCase permute_row() {
  return {"permute",
          {unary_sample(
               "3-d",
               [](const Tensor& x) {
                 return permute(x, {2, 0, 1});
               },
               {2, 3, 4},
               rearranged({4, 2, 3},
                          [](const Shape& p) {
                            return Shape{p[1], p[2], p[0]};
                          })),
           unary_sample(
               "negative axes",
               [](const Tensor& x) {
                 return permute(x, {0, -1, 1});
               },
               {2, 3, 4},
               rearranged({2, 4, 3},
                          [](const Shape& p) {
                            return Shape{p[0], p[2], p[1]};
                          })),
           unary_sample(
               "twice",
               [](const Tensor& x) {
                 return permute(permute(x, {1, 2, 0}), {1, 0, 2});
               },
               {2, 3, 4},
               rearranged({4, 3, 2},
                          [](const Shape& p) {
                            return Shape{p[2], p[1], p[0]};
                          }))},
          Integers::kept};
}

OpCase squeeze_row() {
  return {"squeeze",
          {unary_sample(
               "all", [](const Tensor& x) { return squeeze(x); }, {1, 3, 1, 2},
               rearranged({3, 2},
                          [](const Shape& p) {
                            return Shape{0, p[0], 0, p[1]};
                          })),
           unary_sample(
               "one axis", [](const Tensor& x) { return squeeze(x, -2); }, {1, 3, 1, 2},
               rearranged({1, 3, 2},
                          [](const Shape& p) {
                            return Shape{0, p[1], 0, p[2]};
                          })),
           unary_sample("two axes",
                        [](const Tensor& x) {
                          return squeeze(x, {0, 2});
                        },
                        {1, 3, 1, 2})},
          Integers::kept};
}

OpCase expand_dims_row() {
  return {"expand_dims",
          {unary_sample(
               "first", [](const Tensor& x) { return expand_dims(x, 0); }, {3, 2},
               rearranged({1, 3, 2},
                          [](const Shape& p) {
                            return Shape{p[1], p[2]};
                          })),
           unary_sample(
               "last", [](const Tensor& x) { return expand_dims(x, -1); }, {3, 2},
               rearranged({3, 2, 1},
                          [](const Shape& p) {
                            return Shape{p[0], p[1]};
                          })),
           unary_sample("0-dim", [](const Tensor& x) { return expand_dims(x, 0); }, {})},
          Integers::kept};
}

OpCase broadcast_to_row() {
  return {"broadcast_to",
          {unary_sample(
               "new axis",
               [](const Tensor& x) {
                 return broadcast_to(x, {2, 3});
               },
               {3}, rearranged({2, 3}, [](const Shape& p) { return Shape{p[1]}; })),
           unary_sample(
               "axis of length 1",
               [](const Tensor& x) {
                 return broadcast_to(x, {2, 3, 4});
               },
               {3, 1},
               rearranged({2, 3, 4},
                          [](const Shape& p) {
                            return Shape{p[1], 0};
                          })),
           unary_sample("0-dim",
                        [](const Tensor& x) {
                          return broadcast_to(x, {2, 3});
                        },
                        {}),
           unary_sample("to size 0",
                        [](const Tensor& x) {
                          return broadcast_to(x, {0, 3});
                        },
                        {0, 1}),
           unary_sample("same shape",
                        [](const Tensor& x) {
                          return broadcast_to(x, {2, 3});
                        },
                        {2, 3})},
          Integers::kept};
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
          {unary_sample(
               "leading axis",
               [](const Tensor& x) {
                 return sum_to_shape(x, {3, 4});
               },
               {2, 3, 4}, sums(0, false)),
           unary_sample(
               "kept axis",
               [](const Tensor& x) {
                 return sum_to_shape(x, {2, 1, 4});
               },
               {2, 3, 4}, sums(1, true)),
           unary_sample(
               "to 0-dim", [](const Tensor& x) { return sum_to_shape(x, {}); }, {2, 3}, sums({}, false)),
           unary_sample("same shape",
                        [](const Tensor& x) {
                          return sum_to_shape(x, {2, 3});
                        },
                        {2, 3}),
           unary_sample("transposed",
                        [](const Tensor& x) {
                          return sum_to_shape(x.transpose(), {1, 3});
                        },
                        {3, 4})}};
}

OpCase swapaxes_row() {
  return {"swapaxes",
          {unary_sample(
               "last two", [](const Tensor& x) { return swapaxes(x, -1, -2); }, {2, 3, 4},
               rearranged({2, 4, 3},
                          [](const Shape& p) {
                            return Shape{p[0], p[2], p[1]};
                          })),
           unary_sample("size 0", [](const Tensor& x) { return swapaxes(x, 0, 1); }, {0, 3})},
          Integers::kept};
}

OpCase moveaxis_row() {
  return {"moveaxis",
          {unary_sample(
               "first to last", [](const Tensor& x) { return moveaxis(x, 0, -1); }, {2, 3, 4},
               rearranged({3, 4, 2},
                          [](const Shape& p) {
                            return Shape{p[2], p[0], p[1]};
                          })),
           unary_sample(
               "two axes",
               [](const Tensor& x) {
                 return moveaxis(x, {2, 0}, {0, 1});
               },
               {2, 3, 4},
               rearranged({4, 2, 3},
                          [](const Shape& p) {
                            return Shape{p[1], p[2], p[0]};
                          })),
           unary_sample("size 0", [](const Tensor& x) { return moveaxis(x, 1, 0); }, {2, 0})},
          Integers::kept};
}

OpCase flip_row() {
  return {"flip",
          {unary_sample(
               "all axes", [](const Tensor& x) { return flip(x); }, {2, 3},
               rearranged({2, 3},
                          [](const Shape& p) {
                            return Shape{1 - p[0], 2 - p[1]};
                          })),
           unary_sample(
               "last axis", [](const Tensor& x) { return flip(x, -1); }, {2, 3},
               rearranged({2, 3},
                          [](const Shape& p) {
                            return Shape{p[0], 2 - p[1]};
                          })),
           unary_sample("size 0", [](const Tensor& x) { return flip(x, 1); }, {2, 0})},
          Integers::kept};
}

OpCase unstack_row() {
  OpCase result{"unstack", {}, Integers::kept};
  for (const int axis : {0, 1, -1}) {
    result.samples.push_back({"axis " + std::to_string(axis),
                              [=](const Tensors& x) -> Tensors { return unstack(x[0], axis); },
                              {sample({2, 3, 4})},
                              [=](const Tensors& x) -> Tensors {
                                Tensors parts;
                                for (int64_t i = 0; i < x[0].shape(axis); ++i) parts.push_back(x[0].select(axis, i));
                                return parts;
                              }});
  }
  return result;
}

}  // namespace

std::vector<OpCase> manipulation_cases() {
  return {reshape_row(),      transpose_row(), permute_row(),  squeeze_row(), expand_dims_row(), broadcast_to_row(),
          sum_to_shape_row(), swapaxes_row(),  moveaxis_row(), flip_row(),    unstack_row()};
}

}  // namespace xtape::test
