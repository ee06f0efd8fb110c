#include <xtape/error.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/leaky_relu.hpp>
#include <xtape/layers/relu.hpp>
#include <xtape/layers/softmax.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("activation layers") {
  const Tensor x = tensor({{-2.0, -0.5, 0.0, 0.5, 3.0}});
  CHECK(array_equal(layers::ReLU()(x), relu(x)));
  CHECK(allclose(layers::ReLU({.max_value = 1, .negative_slope = 0.1, .threshold = 0.25})(x),
                 tensor({{-0.225, -0.075, -0.025, 0.5, 1.0}})));
  CHECK(allclose(layers::LeakyReLU()(x), tensor({{-0.6, -0.15, 0.0, 0.5, 3.0}})));
  CHECK(allclose(layers::Softmax()(x), softmax(x)));
  CHECK(allclose(layers::Activation("tanh")(x), activations::Activation("tanh")(x)));
  CHECK(allclose(layers::Activation([](const Tensor& t) { return t * 2; })(x), x * 2));
  CHECK_THROWS_WITH(layers::ReLU({.threshold = -1}),
                    Contains("ReLU: threshold must be finite and not negative, given -1.0"));
}

TEST_CASE("Dropout acts in training alone, and keeps the mean") {
  set_random_seed(3);
  layers::Dropout dropout(0.25);
  const Tensor x = ones({200, 100});
  CHECK(array_equal(dropout(x), x));
  const Tensor y = dropout(x, {.training = true});
  CHECK(mean(y).item() == Approx(1).epsilon(0.03));
  CHECK(mean(y == 0).item() == Approx(0.25).epsilon(0.05));
  CHECK(max(y).item() == Approx(4.0 / 3));
  CHECK(array_equal(layers::Dropout(1)(x, {.training = true}), zeros({200, 100})));
  CHECK_THROWS_MATCHES(layers::Dropout(1.5), ValueError, Message("Dropout: rate must lie between 0 and 1, given 1.5"));
}
