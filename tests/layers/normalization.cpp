#include <xtape/error.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/layers/relu.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("BatchNormalization and the activation after it are one pass without a difference") {
  const layers::BatchNormalizationOptions options{.momentum = 0.5};
  const Tensor x = randn({6, 4, 3});
  const std::vector<layers::Layer> activations = {layers::ReLU(), layers::Activation("relu"),
                                                  layers::Activation("tanh")};
  const auto fuses = [](const layers::Layer& a, const layers::Layer& b) { return a.impl().fuses(b.impl()); };
  for (const layers::Layer& activation : activations) {
    const layers::BatchNormalization batch(options), alone(options);
    const Sequential model{batch, activation};
    for (const bool training : {true, false, true}) {
      CHECK(allclose(model(x, {.training = training}), activation(alone(x, {.training = training})), 1e-5, 1e-6));
      CHECK(fuses(batch, activation));
    }
    for (std::size_t i = 0; i < 4; ++i) CHECK(array_equal(batch.get_weights()[i], alone.get_weights()[i]));
  }
  layers::BatchNormalization last, first({.axis = 1});
  last(x);
  first(x);
  CHECK_FALSE(fuses(last, layers::ReLU({.max_value = 6})));
  CHECK_FALSE(fuses(last, layers::Activation("sigmoid")));
  CHECK_FALSE(fuses(layers::BatchNormalization(), activations[0]));
  CHECK_FALSE(fuses(first, activations[0]));
}

TEST_CASE("BatchNormalization normalizes by the batch in training, by moving values else") {
  layers::BatchNormalization layer({.momentum = 0.9, .epsilon = 1e-5});
  const Tensor x = randn({64, 5, 3}) * 4 + 2;
  const Tensor y = layer(x, {.training = true});
  CHECK(allclose(mean(y, {0, 1}), zeros({3}), 0, 1e-5));
  CHECK(allclose(var(y, {0, 1}), ones({3}), 1e-3));
  const auto weights = layer.weights();
  REQUIRE(weights.size() == 4);
  CHECK(weights[2].name == "moving_mean");
  CHECK(allclose(weights[2].value, mean(x, {0, 1}) * 0.1, 1e-4));
  CHECK(allclose(weights[3].value, var(x, {0, 1}) * 0.1 + 0.9, 1e-4));
  CHECK(allclose(layer(x), (x - weights[2].value) / sqrt(weights[3].value + 1e-5), 1e-4, 1e-5));

  const Tensor before = weights[2].value.clone();
  layer.set_trainable(false);
  CHECK(allclose(layer(x, {.training = true}), layer(x)));
  CHECK(array_equal(weights[2].value, before));
}

TEST_CASE("normalization along other axes is that of the moved axes") {
  const Tensor x = randn({6, 4, 3});
  layers::BatchNormalization batch({.axis = 1});
  CHECK(allclose(batch(x, {.training = true}).transpose(1, 2),
                 layers::BatchNormalization()(x.transpose(1, 2), {.training = true}), 1e-4, 1e-5));
  CHECK_THROWS_AS(batch(ones({6, 5, 3})), ShapeError);
  layers::LayerNormalization both({.axis = {2, 1}});
  const Tensor y = both(x);
  CHECK(both.weights()[0].value.shape() == Shape{4, 3});
  CHECK(allclose(mean(y, {1, 2}), zeros({6}), 0, 1e-5));
  layers::LayerNormalization middle({.axis = 1});
  CHECK(allclose(middle(x).transpose(1, 2), layers::LayerNormalization()(x.transpose(1, 2)), 1e-4, 1e-5));
}
