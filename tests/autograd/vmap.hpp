#pragma once

#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

// What the tests of vmap share.
namespace xtape::test {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensor(const Tensor&)>;

inline Tensor numbers(const Shape& shape, uint64_t seed = 1) { return sample(shape, {-1.5, 1.5}, seed).astype(float64); }

// The derivative of f at x along t by forward mode.
inline Tensor forward(const Function& f, const Tensor& x, const Tensor& t) {
  return jvp([&](const Tensors& inputs) -> Tensors { return {f(inputs[0])}; }, {x}, {t}).second[0];
}

// The gradient of sum(f) at x within whatever runs outside.
inline Tensor gradient(const Function& f, const Tensor& x) {
  const Tensor variable = x.requires_grad() ? x : x * 1;
  if (!variable.requires_grad()) variable.set_requires_grad();
  return grad(sum(f(variable)), variable, {.create_graph = true});
}

// f of each entry of x along an axis, stacked along another.
inline Tensor loop(const Function& f, const Tensor& x, int axis = 0, int out_axis = 0) {
  Tensors results;
  for (int64_t i = 0; i < x.shape(axis); ++i) results.push_back(f(x.select(axis, i)));
  return stack(results, out_axis);
}

inline void check_equal(const Tensor& actual, const Tensor& expected) {
  REQUIRE(actual.shape() == expected.shape());
  REQUIRE(actual.dtype() == expected.dtype());
  CHECK(allclose(actual, expected, 1e-13, 1e-13));
}

}  // namespace xtape::test
