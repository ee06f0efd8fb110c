#include <algorithm>
#include <cmath>
#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

// The product of matrices [..., n, k] and [..., k, m] as a sum over broadcast elements, which shares nothing with
// the kernels but addition.
Tensor product_of_matrices(const Tensor& a, const Tensor& b) {
  const Tensor rows = a.expand_dims(-1);
  const Tensor columns = b.expand_dims(-3);
  const Tensor products = map_elements({rows, columns}, [](const auto& v) { return v[0] * v[1]; });
  return reduce_elements(products, -2, false, [](const std::vector<double>& v) {
    double sum = 0;
    for (double each : v) sum += each;
    return sum;
  });
}

Tensor product(const Tensor& a, const Tensor& b) {
  Tensor result = product_of_matrices(a.rank() == 1 ? a.expand_dims(0) : a, b.rank() == 1 ? b.expand_dims(1) : b);
  if (b.rank() == 1) result = result.squeeze(-1);
  if (a.rank() == 1) result = result.squeeze(b.rank() == 1 ? -1 : -2);
  return result;
}

OpCase matmul_row() {
  OpCase result{"matmul", {}};
  auto add_views = [&](const std::string& description, const Shape& a, const Shape& b, const UnaryOp& view_a,
                       const UnaryOp& view_b) {
    result.samples.push_back({description,
                              [=](const Tensors& x) -> Tensors { return {matmul(view_a(x[0]), view_b(x[1]))}; },
                              {sample(a, {}, 1), sample(b, {}, 2)},
                              [=](const Tensors& x) -> Tensors { return {product(view_a(x[0]), view_b(x[1]))}; }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  const UnaryOp transposed = [](const Tensor& x) { return x.transpose(-2, -1); };
  auto add = [&](const Shape& a, const Shape& b) { add_views(a.str() + " by " + b.str(), a, b, same, same); };
  add({3}, {3});
  add({2, 3}, {3});
  add({3}, {3, 2});
  add({2, 3}, {3, 4});
  add({1, 1}, {1, 1});
  add({1, 3}, {3, 1});
  add({3, 1}, {1, 2});
  add({2, 0}, {0, 3});
  add({0, 2}, {2, 3});
  add({2, 3, 4}, {2, 4, 2});
  add({2, 3, 4}, {4, 2});
  add({3, 4}, {2, 4, 2});
  add({2, 1, 2, 3}, {2, 3, 2});
  add({1, 2, 3}, {3, 3, 2});
  add({2, 2, 3}, {3});
  add({3}, {2, 3, 2});
  add_views("left transposed", {3, 2}, {3, 4}, transposed, same);
  add_views("right transposed", {2, 3}, {4, 3}, same, transposed);
  add_views("both transposed", {3, 2}, {4, 3}, transposed, transposed);
  add_views("stacks transposed", {2, 3, 2}, {2, 4, 3}, transposed, transposed);
  add_views(
      "sliced columns", {2, 6}, {3, 8}, [](const Tensor& x) { return x.slice(1, {.step = 2}); },
      [](const Tensor& x) { return x.slice(1, {.start = 1, .step = 3}); });
  add_views(
      "backwards", {2, 3}, {3, 2}, [](const Tensor& x) { return x.slice(0, {.step = -1}); },
      [](const Tensor& x) { return x.slice(0, {.step = -1}); });
  add_views(
      "expanded stack", {1, 2, 3}, {2, 3, 2},
      [](const Tensor& x) {
        return x.broadcast_to({2, 2, 3});
      },
      same);
  add_views(
      "expanded row", {1, 3}, {3, 2},
      [](const Tensor& x) {
        return x.broadcast_to({4, 3});
      },
      same);
  result.samples.push_back({"the same matrix twice",
                            [](const Tensors& x) -> Tensors { return {matmul(x[0], x[0])}; },
                            {sample({3, 3})},
                            [](const Tensors& x) -> Tensors { return {product(x[0], x[0])}; }});
  result.samples.push_back({"a matrix by its transpose",
                            [](const Tensors& x) -> Tensors { return {matmul(x[0], x[0].transpose())}; },
                            {sample({3, 2})},
                            [](const Tensors& x) -> Tensors { return {product(x[0], x[0].transpose())}; }});
  for (const auto& [a, b] : {std::pair<Shape, Shape>{{65, 70}, {70, 33}}, {{5, 64, 16}, {16, 8}}, {{130, 3}, {3, 1}}}) {
    add(a, b);
    result.samples.back().gradcheck = false;
  }
  result.integers = Integers::unsupported;
  return result;
}

OpCase dense_row() {
  OpCase result{"dense", {}};
  struct Activation {
    const char* name;
    double (*value)(double);
  };
  for (const Activation& activation : {Activation{"linear", [](double x) { return x; }},
                                       {"relu", [](double x) { return std::max(x, 0.0); }},
                                       {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
                                       {"tanh", [](double x) { return std::tanh(x); }}}) {
    for (const Shape& shape : {Shape{4, 3}, Shape{2, 2, 3}, Shape{3}, Shape{0, 3}}) {
      result.samples.push_back({std::string(activation.name) + " of " + shape.str(),
                                [=](const Tensors& x) -> Tensors { return {dense(x[0], x[1], x[2], activation.name)}; },
                                {sample(shape, {}, 1), sample({3, 2}, {}, 2), sample({2}, {}, 3)},
                                [=](const Tensors& x) -> Tensors {
                                  return {map_elements({product(x[0], x[1]), x[2]},
                                                       [&](const auto& v) { return activation.value(v[0] + v[1]); })};
                                }});
    }
    result.samples.push_back(
        {std::string(activation.name) + " without bias",
         [=](const Tensors& x) -> Tensors { return {dense(x[0], x[1], Tensor(), activation.name)}; },
         {sample({4, 3}, {}, 1), sample({3, 2}, {}, 2)},
         [=](const Tensors& x) -> Tensors {
           return {map_elements({product(x[0], x[1])}, [&](const auto& v) { return activation.value(v[0]); })};
         }});
    result.samples.push_back({std::string(activation.name) + ", large",
                              [=](const Tensors& x) -> Tensors { return {dense(x[0], x[1], x[2], activation.name)}; },
                              {sample({67, 50}, {-0.2, 0.2}, 1), sample({50, 41}, {}, 2), sample({41}, {}, 3)}});
    result.samples.back().gradcheck = false;
  }
  return result;
}

}  // namespace

std::vector<OpCase> linalg_cases() { return {matmul_row(), dense_row()}; }

}  // namespace xtape::test
