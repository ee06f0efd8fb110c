#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

Tensor scalar(double value) { return full({}, value, float64).set_requires_grad(); }

}  // namespace

TEST_CASE("derivatives up to the fourth order") {
  const Tensor x = scalar(0.7);
  const double s = std::sin(0.7), c = std::cos(0.7), e = std::exp(0.7);
  // d/dx exp(x) sin(x) = e^x (s + c), 2 e^x c, 2 e^x (c - s), -4 e^x s
  Tensor y = exp(x) * sin(x);
  const double expected[] = {e * (s + c), 2 * e * c, 2 * e * (c - s), -4 * e * s};
  for (double value : expected) {
    y = grad(y, x, {.create_graph = true});
    CHECK(y.item() == Approx(value).epsilon(1e-13));
    CHECK(y.requires_grad());
  }
}

TEST_CASE("third derivatives of functions with saved results") {
  const Tensor x = scalar(0.3);
  const double t = std::tanh(0.3), d = 1 - t * t;
  Tensor y = tanh(x);
  for (double value : {d, -2 * t * d, d * (6 * t * t - 2)}) {
    y = grad(y, x, {.create_graph = true});
    CHECK(y.item() == Approx(value).epsilon(1e-12));
  }
  const double q = std::sqrt(0.3);
  y = sqrt(x);
  for (double value : {0.5 / q, -0.25 / (q * 0.3), 0.375 / (q * 0.09)}) {
    y = grad(y, x, {.create_graph = true});
    CHECK(y.item() == Approx(value).epsilon(1e-12));
  }
}

TEST_CASE("without create_graph the gradients are constants") {
  const Tensor x = scalar(2);
  const Tensor y = x * x * x;
  CHECK_FALSE(grad(y, x).requires_grad());
}

TEST_CASE("backward through gradients: a gradient penalty") {
  const Tensor x = tensor({1.0, 2.0}, float64), w = tensor({3.0, 4.0}, float64).set_requires_grad();
  const Tensor input = x.clone().set_requires_grad();
  const Tensor slope = grad((input * input * w).sum(), input, {.create_graph = true});
  // slope = 2 x w; penalty = sum(slope^2) = 4 sum(x^2 w^2); d/dw = 8 x^2 w
  square(slope).sum().backward();
  CHECK(allclose(w.grad(), tensor({24.0, 128.0}, float64)));
}

TEST_CASE("the rows of a Hessian") {
  const Tensor x = tensor({0.5, -1.0, 2.0}, float64).set_requires_grad();
  // f = x0^2 x1 + x1 x2^3
  const Tensor f = square(x[0]) * x[1] + x[1] * power(x[2], 3);
  const Tensor gradient = grad(f, x, {.create_graph = true});
  CHECK(allclose(gradient.detach(), tensor({-1.0, 0.25 + 8, -12.0}, float64)));
  const double expected[3][3] = {{-2, 1, 0}, {1, 0, 12}, {0, 12, -12}};
  for (int i = 0; i < 3; ++i) {
    const Tensor row = grad(gradient[i], x, {.retain_graph = true});
    CHECK(allclose(row, from_data(expected[i], {3}), 1e-12, 1e-12));
  }
}

TEST_CASE("custom ops written with public operations can be differentiated again") {
  using Tensors = std::vector<Tensor>;
  const Tensor x = scalar(1.5);
  Tensor y = custom_op(
      {"cube", [](const Tensors& in) -> Tensors { return {in[0] * in[0] * in[0]}; },
       [](const Tensors& g, const Tensors& in, const Tensors&) -> Tensors { return {g[0] * 3 * in[0] * in[0]}; }},
      {x})[0];
  for (double value : {3 * 2.25, 6 * 1.5, 6.0}) {
    y = grad(y, x, {.create_graph = true});
    CHECK(y.item() == Approx(value));
  }
}
