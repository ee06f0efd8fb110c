#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/optimizers/adam.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("the GRU in one pass and step by step agree") {
  const initializers::RandomNormal normal({.stddev = 0.3, .seed = 5});
  const auto layer = [&](activations::Activation activation, activations::Activation recurrent_activation) {
    return layers::GRU(4, {.activation = activation,
                           .recurrent_activation = recurrent_activation,
                           .kernel_initializer = normal,
                           .recurrent_initializer = normal,
                           .bias_initializer = normal,
                           .return_sequences = true});
  };
  const Tensor x = randn({2, 6, 3}).set_requires_grad();
  layers::GRU one_pass = layer("tanh", "sigmoid");
  const Tensor a = one_pass(x), weight = randn({2, 6, 4});
  CHECK(a.shape() == Shape{2, 6, 4});
  layers::GRU own_activation = layer([](const Tensor& t) { return tanh(t); }, "sigmoid");
  layers::GRU own_gate = layer("tanh", [](const Tensor& t) { return sigmoid(t); });
  for (const layers::GRU& stepwise : {own_activation, own_gate}) {
    const Tensor b = stepwise(x);
    CHECK(allclose(a, b, 1e-4, 1e-6));
    CHECK(allclose(grad((a * weight).sum(), x, {.retain_graph = true}), grad((b * weight).sum(), x), 1e-3, 1e-5));
  }
}

TEST_CASE("the GRU hands its state on") {
  layers::GRU gru(3);
  const Tensor x = randn({2, 8, 5});
  const Tensor whole = gru(x);
  CHECK(whole.shape() == Shape{2, 3});
  CHECK(gru.weights()[0].value.shape() == Shape{5, 9});
  CHECK(gru.weights()[1].value.shape() == Shape{3, 9});
  CHECK(array_equal(gru.weights()[2].value, zeros({2, 9})));
  const auto [y, h] = gru.with_state(x.slice(1, {0, 5}));
  CHECK(array_equal(y, h));
  const auto [last, last_hidden] = gru.with_state(x.slice(1, {5, 8}), {.initial_state = {h}});
  CHECK(allclose(last_hidden, whole, 1e-4, 1e-6));
  CHECK(allclose(last, whole, 1e-4, 1e-6));
  CHECK(array_equal(gru(x.slice(1, {5, 8}), {.initial_state = {h}}), last));
}

TEST_CASE("the GRU's options") {
  const Tensor x = randn({2, 4, 3});
  layers::GRU before(2, {.reset_after = false});
  before(x);
  CHECK(before.weights()[2].value.shape() == Shape{6});
  layers::GRU plain(2, {.use_bias = false});
  plain(x);
  CHECK(plain.weights().size() == 2);
  const initializers::RandomNormal normal({.stddev = 0.3, .seed = 5});
  layers::GRU forwards(2, {.kernel_initializer = normal, .recurrent_initializer = normal, .return_sequences = true});
  layers::GRU backwards(
      2,
      {.kernel_initializer = normal, .recurrent_initializer = normal, .return_sequences = true, .go_backwards = true});
  CHECK(allclose(backwards(x), forwards(x.slice(1, {.step = -1})), 1e-5, 1e-6));
  CHECK(layers::GRU(2).class_name() == "GRU");
}

TEST_CASE("a model with GRUs learns") {
  Sequential model{layers::GRU(8, {.return_sequences = true, .input_shape = {6, 2}}), layers::GRU(8), layers::Dense(1)};
  const Tensor x = randn({64, 6, 2}), y = x.sum({1, 2}).reshape({64, 1});
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.02}), .loss = "mse"});
  const History history = model.fit(x, y, {.epochs = 40, .verbose = 0});
  CHECK(history["loss"].back() < history["loss"].front() / 4);
}

TEST_CASE("the GRU refuses what does not fit") {
  CHECK_THROWS_MATCHES(layers::GRU(0), ValueError, Message("GRU: units must be at least 1, given 0"));
  layers::GRU gru(3, {.name = "g"});
  CHECK_THROWS_MATCHES(gru(ones({2, 5})), ShapeError,
                       Message("g: expected inputs [batch, time, features], given [2, 5]; is "
                               "return_sequences missing in the layer before?"));
  gru(ones({2, 4, 5}));
  CHECK_THROWS_AS(gru(ones({2, 4, 6})), ShapeError);
  CHECK_THROWS_MATCHES(gru(ones({2, 4, 5}), {.initial_state = {ones({2, 4})}}), ShapeError,
                       Message("g: expected initial_state of shape [2, 3], given [2, 4]"));
  CHECK_THROWS_MATCHES(gru(ones({2, 4, 5}), {.initial_state = {ones({2, 3}), ones({2, 3})}}), ValueError,
                       Message("g: expected an initial_state of 1 tensors, given 2"));
  layers::GRU stateful(3, {.return_state = true, .name = "s"});
  CHECK_THROWS_WITH(stateful(ones({2, 4, 5})), Contains("s: has return_state set") && Contains("with_state(x)"));
  CHECK(stateful.call_all({ones({2, 4, 5})}).size() == 2);
}
