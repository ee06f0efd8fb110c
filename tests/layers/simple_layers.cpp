#include <xtape/error.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/average_pooling2d.hpp>
#include <xtape/layers/conv2d.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/leaky_relu.hpp>
#include <xtape/layers/max_pooling2d.hpp>
#include <xtape/layers/relu.hpp>
#include <xtape/layers/reshape.hpp>
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

TEST_CASE("Flatten and Reshape keep the batch") {
  const Tensor x = randn({2, 3, 4});
  CHECK(layers::Flatten()(x).shape() == Shape{2, 12});
  CHECK(layers::Flatten()(ones({5})).shape() == Shape{5, 1});
  CHECK(layers::Flatten().compute_output_shape({-1, 3, -1}) == Shape{-1, -1});
  CHECK(layers::Reshape({6, -1})(x).shape() == Shape{2, 6, 2});
  CHECK(layers::Reshape({4, -1}).compute_output_shape({-1, 6, 2}) == Shape{-1, 4, 3});
  layers::Reshape wrong({5}, {.name = "r"});
  CHECK_THROWS_MATCHES(wrong(x), ShapeError, Message("r: cannot reshape samples of 12 elements [2, 3, 4] to [5]"));
  CHECK_THROWS_AS(layers::Reshape({-1, -1}), ValueError);
}

TEST_CASE("convolution and pooling know their output shapes") {
  const Tensor x = randn({2, 9, 8, 3});
  const auto check = [&](const layers::Layer& layer, const Shape& expected) {
    CHECK(layer(x).shape() == expected);
    CHECK(layer.compute_output_shape(x.shape()) == expected);
  };
  check(layers::Conv2D(4, 3), {2, 7, 6, 4});
  check(layers::Conv2D(4, {3, 2}, {.strides = {2, 1}, .padding = "same"}), {2, 5, 8, 4});
  check(layers::Conv2D(4, 3, {.dilation_rate = 2, .activation = "sigmoid"}), {2, 5, 4, 4});
  check(layers::Conv2D(6, 3, {.groups = 3, .use_bias = false}), {2, 7, 6, 6});
  check(layers::MaxPooling2D(), {2, 4, 4, 3});
  check(layers::MaxPooling2D({3, 2}, {.strides = 1, .padding = "same"}), {2, 9, 8, 3});
  check(layers::AveragePooling2D(2, {.padding = "same"}), {2, 5, 4, 3});
}

TEST_CASE("convolution refuses what does not fit") {
  CHECK_THROWS_MATCHES(layers::Conv2D(4, 3, {.padding = "full"}), ValueError,
                       Message("Conv2D: padding must be \"valid\" or \"same\", given \"full\""));
  CHECK_THROWS_MATCHES(layers::Conv2D(4, 0), ValueError,
                       Message("Conv2D: kernel_size must be at least 1, given (0, 0)"));
  CHECK_THROWS_AS(layers::Conv2D(4, 3, {.groups = 3}), ValueError);
  layers::Conv2D conv(4, 5, {.name = "c"});
  CHECK_THROWS_MATCHES(conv(ones({2, 4, 4, 1})), ShapeError,
                       Message("c: a window (5, 5) does not fit into inputs [-1, 4, 4, 1]; use padding \"same\" or fewer layers that "
                               "shrink the image"));
  CHECK_THROWS_MATCHES(conv(ones({2, 9})), ShapeError,
                       Message("c: expected inputs [batch, height, width, channels], given [-1, 9]"));
}
