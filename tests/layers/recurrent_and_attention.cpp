#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/depthwise_conv2d.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/layers/global_average_pooling2d.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/layers/relu.hpp>
#include <xtape/layers/zero_padding2d.hpp>
#include <xtape/models/sequential.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("BatchNormalization and the activation after it are one pass without a difference") {
  const layers::BatchNormalizationOptions options{.momentum = 0.5};
  const Tensor x = randn({6, 4, 3});
  const std::vector<std::shared_ptr<layers::Layer>> activations = {
      std::make_shared<layers::ReLU>(), std::make_shared<layers::Activation>("relu"),
      std::make_shared<layers::Activation>("tanh")};
  for (const auto& activation : activations) {
    const auto batch = std::make_shared<layers::BatchNormalization>(options);
    layers::BatchNormalization alone(options);
    Sequential model{batch, activation};
    for (const bool training : {true, false, true}) {
      CHECK(allclose(model(x, training), (*activation)(alone(x, training)), 1e-5, 1e-6));
      CHECK(batch->fuses(*activation));
    }
    for (std::size_t i = 0; i < 4; ++i) CHECK(array_equal(batch->get_weights()[i], alone.get_weights()[i]));
  }
  layers::BatchNormalization last, first({.axis = 1});
  last(x);
  first(x);
  CHECK_FALSE(last.fuses(layers::ReLU({.max_value = 6})));
  CHECK_FALSE(last.fuses(layers::Activation("sigmoid")));
  CHECK_FALSE(layers::BatchNormalization().fuses(*activations[0]));
  CHECK_FALSE(first.fuses(*activations[0]));
}

TEST_CASE("BatchNormalization normalizes by the batch in training, by moving values else") {
  layers::BatchNormalization layer({.momentum = 0.9, .epsilon = 1e-5});
  const Tensor x = randn({64, 5, 3}) * 4 + 2;
  const Tensor y = layer(x, true);
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
  CHECK(allclose(layer(x, true), layer(x)));
  CHECK(array_equal(weights[2].value, before));
}

TEST_CASE("normalization along other axes is that of the moved axes") {
  const Tensor x = randn({6, 4, 3});
  layers::BatchNormalization batch({.axis = 1});
  CHECK(allclose(batch(x, true).transpose(1, 2), layers::BatchNormalization()(x.transpose(1, 2), true), 1e-4, 1e-5));
  CHECK_THROWS_AS(batch(ones({6, 5, 3})), ShapeError);
  layers::LayerNormalization both({.axis = {2, 1}});
  const Tensor y = both(x);
  CHECK(both.weights()[0].value.shape() == Shape{4, 3});
  CHECK(allclose(mean(y, {1, 2}), zeros({6}), 0, 1e-5));
  layers::LayerNormalization middle({.axis = 1});
  CHECK(allclose(middle(x).transpose(1, 2), layers::LayerNormalization()(x.transpose(1, 2)), 1e-4, 1e-5));
}

TEST_CASE("Embedding looks vectors up") {
  layers::Embedding embedding(5, 3, {.name = "e"});
  const Tensor indices = tensor({{0, 4}, {4, 1}});
  const Tensor y = embedding(indices);
  CHECK(y.shape() == Shape{2, 2, 3});
  CHECK(array_equal(y.select(0, 0).select(0, 1), embedding.weights()[0].value.select(0, 4)));
  CHECK(max(abs(embedding.weights()[0].value)).item() <= 0.05);
  CHECK_THROWS_AS(embedding(tensor({{5}})), IndexError);
  CHECK_THROWS_MATCHES(embedding(tensor({{-1}})), IndexError, Message("e: index -1 is outside [0, 5)"));
}

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
  const LstmResult first = lstm.call_with_state(x.slice(1, {0, 5}));
  const LstmResult second = lstm.call_with_state(x.slice(1, {5, 8}), first.hidden, first.cell);
  CHECK(allclose(second.hidden, whole, 1e-4, 1e-6));
  CHECK_THROWS_AS(lstm(ones({2, 5})), ShapeError);
}

TEST_CASE("MultiHeadAttention attends as its mask allows") {
  layers::MultiHeadAttention attention(2, 3, {.output_shape = 5});
  const Tensor query = randn({2, 4, 6}), value = randn({2, 7, 8});
  const Tensor y = attention(query, value);
  CHECK(y.shape() == Shape{2, 4, 5});
  CHECK(attention.weights().size() == 8);
  CHECK(attention.weights()[0].value.shape() == Shape{6, 2, 3});
  CHECK(attention.weights()[2].value.shape() == Shape{8, 2, 3});
  // With a causal mask, later values do not matter to earlier queries.
  layers::MultiHeadAttention self(2, 4);
  Tensor x = randn({1, 5, 6});
  const Tensor before = self(x, x, {.use_causal_mask = true});
  x.slice(1, {3}).fill(9);
  const Tensor after = self(x, x, {.use_causal_mask = true});
  CHECK(allclose(before.slice(1, {0, 3}), after.slice(1, {0, 3}), 1e-4, 1e-5));
  CHECK_FALSE(allclose(before.slice(1, {3}), after.slice(1, {3}), 1e-4, 1e-5));
}

TEST_CASE("DepthwiseConv2D convolves each channel by itself") {
  layers::DepthwiseConv2D layer(3, {.padding = "same", .depth_multiplier = 2});
  const Tensor x = randn({2, 6, 5, 3});
  const Tensor y = layer(x);
  CHECK(y.shape() == Shape{2, 6, 5, 6});
  const Tensor kernel = layer.weights()[0].value;
  for (int channel = 0; channel < 3; ++channel) {
    const Slice one{channel, channel + 1}, two{2 * channel, 2 * channel + 2};
    const Tensor expected = conv2d(x.slice(3, one), kernel.slice(2, one), {.padding = "same"});
    CHECK(allclose(y.slice(3, two), expected, 1e-4, 1e-5));
  }
}

TEST_CASE("padding, global pooling and merging") {
  const Tensor x = randn({2, 3, 4, 5});
  layers::ZeroPadding2D padding({{1, 0}, {2, 1}});
  const Tensor padded = padding(x);
  CHECK(padded.shape() == Shape{2, 4, 7, 5});
  CHECK(array_equal(padded.slice(1, {1}).slice(2, {2, 6}), x));
  CHECK(padded.sum().item() == Approx(x.sum().item()).margin(1e-4));
  CHECK(allclose(layers::GlobalAveragePooling2D()(x), mean(x, {1, 2})));
  CHECK(layers::GlobalAveragePooling2D({.keepdims = true})(x).shape() == Shape{2, 1, 1, 5});
  CHECK(allclose(layers::Add()({x, x, x}), x * 3));
  CHECK(layers::Concatenate({.axis = 1})({x, x}).shape() == Shape{2, 6, 4, 5});
  CHECK_THROWS_MATCHES(layers::Add({.name = "sum"})({x}), ValueError,
                       Message("sum: expected at least 2 tensors, given 1"));
}
