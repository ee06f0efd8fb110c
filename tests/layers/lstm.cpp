#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("the LSTM's op and its loop of public operations agree") {
  const initializers::RandomNormal normal({.stddev = 0.3, .seed = 5});
  const auto layer = [&](activations::Activation activation) {
    return layers::LSTM(4, {.activation = activation,
                            .kernel_initializer = normal,
                            .recurrent_initializer = normal,
                            .return_sequences = true});
  };
  const Tensor x = randn({2, 6, 3}).set_requires_grad();
  layers::LSTM by_op = layer("tanh");
  layers::LSTM by_loop = layer([](const Tensor& t) { return tanh(t); });
  const Tensor a = by_op(x), b = by_loop(x);
  CHECK(a.shape() == Shape{2, 6, 4});
  CHECK(allclose(a, b, 1e-4, 1e-6));
  const Tensor weight = randn(a.shape());
  CHECK(allclose(grad((a * weight).sum(), x), grad((b * weight).sum(), x), 1e-3, 1e-5));
}

TEST_CASE("the LSTM hands its state on") {
  layers::LSTM lstm(3);
  const Tensor x = randn({2, 8, 5});
  const Tensor whole = lstm(x);
  CHECK(whole.shape() == Shape{2, 3});
  CHECK(array_equal(lstm.weights()[2].value.slice(0, {3, 6}), ones({3})));
  const auto [y, h, c] = lstm.with_state(x.slice(1, {0, 5}));
  const auto [last, last_hidden, last_cell] = lstm.with_state(x.slice(1, {5, 8}), {.initial_state = {h, c}});
  CHECK(allclose(last_hidden, whole, 1e-4, 1e-6));
  CHECK(array_equal(last, last_hidden));
  CHECK(last_cell.shape() == Shape{2, 3});
  // With return_sequences the first of the three is the outputs of all steps.
  layers::LSTM all_steps(3, {.return_sequences = true});
  all_steps.build(x.shape());
  all_steps.set_weights(lstm.get_weights());
  const auto [outputs, hidden, cell] = all_steps.with_state(x);
  CHECK(outputs.shape() == Shape{2, 8, 3});
  CHECK(array_equal(outputs.select(1, -1), hidden));
  CHECK_THROWS_AS(lstm(ones({2, 5})), ShapeError);
}
