#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

using namespace xtape;
using layers::Layer;
using test::sample;

namespace {

Tensor kernel_of(const Layer& layer) { return layer.weights()[0].value; }

// The weights of `to` become those of `from`, reshaped.
void give_weights(const Layer& from, const Layer& to) {
  std::vector<Tensor> values = from.get_weights();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = values[i].reshape(to.weights()[i].value.shape());
  to.set_weights(values);
}

std::string error_of(const Layer& layer, const Tensor& x) {
  try {
    layer(x);
  } catch (const ShapeError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("convolution layers are named as in Keras") {
  utils::clear_session();
  const auto named = [](const Layer& layer, const std::string& class_name, const std::string& name) {
    CHECK(layer.class_name() == class_name);
    CHECK(layer.name() == name);
  };
  named(layers::Conv1D(2, 3), "Conv1D", "conv1d");
  named(layers::Conv2D(2, 3), "Conv2D", "conv2d");
  named(layers::Conv3D(2, 3), "Conv3D", "conv3d");
  named(layers::Conv1DTranspose(2, 3), "Conv1DTranspose", "conv1d_transpose");
  named(layers::Conv2DTranspose(2, 3), "Conv2DTranspose", "conv2d_transpose");
  named(layers::Conv3DTranspose(2, 3), "Conv3DTranspose", "conv3d_transpose");
  named(layers::DepthwiseConv1D(3), "DepthwiseConv1D", "depthwise_conv1d");
  named(layers::DepthwiseConv2D(3), "DepthwiseConv2D", "depthwise_conv2d");
  named(layers::SeparableConv1D(2, 3), "SeparableConv1D", "separable_conv1d");
  named(layers::SeparableConv2D(2, 3), "SeparableConv2D", "separable_conv2d");
}

TEST_CASE("convolution layers know their output shapes") {
  const auto check = [](const Layer& layer, Shape input, Shape expected) {
    INFO(layer.class_name());
    CHECK(layer(randn(input)).shape() == expected);
    CHECK(layer.compute_output_shape(input) == expected);
    // Of an unknown length another one is made.
    input[0] = expected[0] = input[1] = expected[1] = -1;
    CHECK(layer.compute_output_shape(input) == expected);
  };
  check(layers::Conv1D(4, 3), {2, 9, 3}, {2, 7, 4});
  check(layers::Conv1D(4, 3, {.strides = 2, .padding = "same"}), {2, 9, 3}, {2, 5, 4});
  check(layers::Conv1D(4, 3, {.padding = "causal", .dilation_rate = 2}), {2, 9, 3}, {2, 9, 4});
  check(layers::Conv2D(4, 3), {2, 9, 8, 3}, {2, 7, 6, 4});
  check(layers::Conv2D(4, {3, 2}, {.strides = {2, 1}, .padding = "same"}), {2, 9, 8, 3}, {2, 5, 8, 4});
  check(layers::Conv2D(4, 3, {.dilation_rate = 2, .activation = "sigmoid"}), {2, 9, 8, 3}, {2, 5, 4, 4});
  check(layers::Conv2D(6, 3, {.groups = 3, .use_bias = false}), {2, 9, 8, 3}, {2, 7, 6, 6});
  check(layers::Conv3D(4, {1, 2, 3}, {.strides = {1, 2, 1}}), {2, 4, 5, 6, 3}, {2, 4, 2, 4, 4});
  check(layers::Conv3D(6, 2, {.groups = 3, .use_bias = false}), {1, 3, 3, 3, 3}, {1, 2, 2, 2, 6});
  check(layers::Conv1DTranspose(4, 3, {.strides = 2}), {2, 5, 3}, {2, 11, 4});
  check(layers::Conv2DTranspose(4, 3, {.strides = 2, .padding = "same"}), {2, 3, 4, 3}, {2, 6, 8, 4});
  check(layers::Conv2DTranspose(4, {2, 3}, {.strides = {3, 2}, .output_padding = {{2, 0}}}), {2, 3, 4, 3},
        {2, 10, 9, 4});
  check(layers::Conv3DTranspose(2, 3, {.dilation_rate = 2}), {1, 2, 3, 4, 1}, {1, 6, 7, 8, 2});
  check(layers::DepthwiseConv1D(3, {.depth_multiplier = 2}), {2, 5, 3}, {2, 3, 6});
  check(layers::DepthwiseConv2D(2, {.strides = 2}), {2, 5, 4, 3}, {2, 2, 2, 3});
  check(layers::SeparableConv1D(4, 2, {.strides = 2, .depth_multiplier = 3}), {2, 5, 3}, {2, 2, 4});
  check(layers::SeparableConv2D(4, {3, 1}, {.padding = "same"}), {2, 5, 4, 3}, {2, 5, 4, 4});
  CHECK(layers::DepthwiseConv2D(1, {.depth_multiplier = 2}).compute_output_shape({-1, 4, 4, -1}) ==
        Shape{-1, 4, 4, -1});
}

TEST_CASE("Conv1D and Conv3D compute what Conv2D computes of the same cells") {
  const Tensor x = sample({2, 7, 3}).astype(float32);
  for (const char* padding : {"valid", "same"}) {
    const layers::Conv1D line(4, 3, {.strides = 2, .padding = padding, .activation = "tanh"});
    const layers::Conv2D image(4, {1, 3}, {.strides = {1, 2}, .padding = padding, .activation = "tanh"});
    const layers::Conv3D volume(4, {1, 3, 1}, {.strides = {1, 2, 1}, .padding = padding, .activation = "tanh"});
    const Tensor expected = image(x.reshape({2, 1, 7, 3}));
    line.build({2, 7, 3});
    volume.build({2, 1, 7, 1, 3});
    give_weights(image, line);
    give_weights(image, volume);
    CHECK(allclose(line(x), expected.reshape({2, expected.shape(2), 4}), 1e-5, 1e-6));
    CHECK(allclose(volume(x.reshape({2, 1, 7, 1, 3})), expected.reshape({2, 1, expected.shape(2), 1, 4}), 1e-5, 1e-6));
  }
}

TEST_CASE("a causal Conv1D does not see what comes later") {
  const layers::Conv1D causal(2, 3, {.padding = "causal", .dilation_rate = 2});
  const Tensor x = randn({1, 8, 3}), before = causal(x), later = x + 0;
  later.slice(1, {5}).fill(9);
  const Tensor after = causal(later);
  CHECK(array_equal(after.slice(1, {0, 5}), before.slice(1, {0, 5})));
  CHECK_FALSE(allclose(after.slice(1, {5}), before.slice(1, {5})));
  // Its windows are those of a sequence with 4 zeros before it.
  const layers::Conv1D valid(2, 3, {.dilation_rate = 2});
  valid.build({1, 12, 3});
  give_weights(causal, valid);
  CHECK(allclose(before, valid(layers::ZeroPadding1D({4, 0})(x)), 1e-5, 1e-6));
}

TEST_CASE("a transposed convolution is the adjoint of the convolution with its kernel") {
  const auto check = [](const Layer& conv, const Layer& transposed, const Shape& shape) {
    INFO(transposed.class_name());
    const Tensor x = sample(shape), y = conv(x);
    transposed.build(y.shape());
    transposed.set_weights({kernel_of(conv)});
    const Tensor z = sample(y.shape(), {}, 2);
    REQUIRE(transposed(z).shape() == shape);
    CHECK((transposed(z) * x).sum().item() == Approx((y * z).sum().item()));
  };
  check(layers::Conv1D(2, 3, {.strides = 2, .use_bias = false, .dtype = float64}),
        layers::Conv1DTranspose(3, 3, {.strides = 2, .use_bias = false, .dtype = float64}), {2, 7, 3});
  check(layers::Conv2D(2, 3, {.strides = 2, .padding = "same", .use_bias = false, .dtype = float64}),
        layers::Conv2DTranspose(3, 3, {.strides = 2, .padding = "same", .use_bias = false, .dtype = float64}),
        {2, 6, 4, 3});
  check(layers::Conv3D(2, 2, {.strides = 3, .use_bias = false, .dtype = float64}),
        layers::Conv3DTranspose(3, 2, {.strides = 3, .output_padding = 0, .use_bias = false, .dtype = float64}),
        {1, 5, 2, 8, 3});
}

TEST_CASE("a depthwise convolution convolves each channel by itself") {
  const layers::DepthwiseConv2D layer(3, {.padding = "same", .depth_multiplier = 2});
  const Tensor x = randn({2, 6, 5, 3});
  const Tensor y = layer(x);
  REQUIRE(y.shape() == Shape{2, 6, 5, 6});
  for (int channel = 0; channel < 3; ++channel) {
    const Slice one{channel, channel + 1}, two{2 * channel, 2 * channel + 2};
    const Tensor expected = conv2d(x.slice(3, one), kernel_of(layer).slice(2, one), {.padding = "same"});
    CHECK(allclose(y.slice(3, two), expected, 1e-4, 1e-5));
  }
}

TEST_CASE("a separable convolution is a depthwise one and one of single cells") {
  const layers::SeparableConv1D line(4, 3, {.strides = 2, .depth_multiplier = 2, .activation = "gelu"});
  const layers::DepthwiseConv1D depthwise(3, {.strides = 2, .depth_multiplier = 2, .use_bias = false});
  const layers::Conv1D pointwise(4, 1, {.activation = "gelu"});
  const Tensor x = randn({2, 9, 3});
  const Tensor y = line(x);
  pointwise(depthwise(x));
  const std::vector<Tensor> values = line.get_weights();
  REQUIRE(values.size() == 3);
  CHECK(line.weights()[0].name == "depthwise_kernel");
  CHECK(line.weights()[1].name == "pointwise_kernel");
  depthwise.set_weights({values[0]});
  pointwise.set_weights({values[1], values[2]});
  CHECK(allclose(pointwise(depthwise(x)), y, 1e-5, 1e-6));
}

TEST_CASE("errors of convolution layers show the shapes of the call") {
  utils::clear_session();
  const layers::Conv2D first(4, 3), second(4, 5, {.groups = 2});
  CHECK(error_of(first, ones({32, 784})) == "conv2d: expected rank 4 (batch, height, width, channels), got [32, 784]");
  CHECK(error_of(second, ones({2, 4, 4, 2})) ==
        "conv2d_1: a window (5, 5) does not fit into inputs [2, 4, 4, 2]; use padding \"same\" or fewer layers that "
        "shrink the image");
  CHECK(error_of(second, ones({2, 6, 6, 3})) ==
        "conv2d_1: expected a number of channels that is a multiple of 2 (groups), got [2, 6, 6, 3]");
  CHECK(error_of(second, ones({2, 6, 6, 0})) == "conv2d_1: the number of channels must be known, got [2, 6, 6, 0]");
  CHECK_FALSE(second.built());
  first(ones({1, 6, 6, 3}));
  CHECK(error_of(first, ones({32, 784})) == "conv2d: expected rank 4 (batch, height, width, channels), got [32, 784]");
  CHECK(error_of(first, ones({1, 6, 6, 2})) ==
        "conv2d: built for inputs whose last length is 3 [-1, 6, 6, 3], given [1, 6, 6, 2]");

  CHECK(error_of(layers::Conv1D(2, 3), ones({2, 8})) ==
        "conv1d: expected rank 3 (batch, length, channels), got [2, 8]");
  CHECK(error_of(layers::Conv3DTranspose(2, 3), ones({2, 8})) ==
        "conv3d_transpose: expected rank 5 (batch, depth, height, width, channels), got [2, 8]");
  CHECK(error_of(layers::Conv1DTranspose(2, 1, {.padding = "same"}), ones({2, 0, 1})) ==
        "conv1d_transpose: the outputs of inputs [2, 0, 1] would have no cells");
  CHECK(error_of(layers::SeparableConv1D(2, 3), ones({2, 2, 1})) ==
        "separable_conv1d: a window 3 does not fit into inputs [2, 2, 1]; use padding \"same\" or fewer layers that "
        "shrink the image");
  const Sequential model({Sequential({layers::Conv2D(2, 3, {.name = "c"})}, {.name = "inner"})}, {.name = "outer"});
  CHECK(error_of(model, ones({32, 784})) ==
        "outer/inner/c: expected rank 4 (batch, height, width, channels), got [32, 784]");
  CHECK_THROWS_MATCHES(layers::Conv2D(2, 3, {.name = "c"})(Input({784})), ShapeError,
                       Message("c: expected rank 4 (batch, height, width, channels), got [-1, 784]"));
}

TEST_CASE("convolution layers refuse numbers and names that make none") {
  CHECK_THROWS_MATCHES(layers::Conv1D(2, 0), ValueError, Message("Conv1D: kernel_size must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(layers::Conv2D(4, 0), ValueError,
                       Message("Conv2D: kernel_size must be at least 1, given (0, 0)"));
  CHECK_THROWS_MATCHES(layers::Conv3D(0, 1), ValueError, Message("Conv3D: filters must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(layers::Conv3D(2, 1, {.dilation_rate = {1, 0, 1}}), ValueError,
                       Message("Conv3D: dilation_rate must be at least 1, given (1, 0, 1)"));
  CHECK_THROWS_MATCHES(layers::Conv2D(2, 1, {.padding = "causal"}), ValueError,
                       Message("Conv2D: padding must be \"valid\" or \"same\", given \"causal\""));
  CHECK_THROWS_MATCHES(layers::Conv1D(2, 1, {.padding = "full"}), ValueError,
                       Message("Conv1D: padding must be \"valid\", \"same\" or \"causal\", given \"full\""));
  CHECK_THROWS_MATCHES(layers::DepthwiseConv1D(1, {.padding = "causal"}), ValueError,
                       Message("DepthwiseConv1D: padding must be \"valid\" or \"same\", given \"causal\""));
  CHECK_THROWS_MATCHES(layers::Conv1D(4, 3, {.groups = 3}), ValueError,
                       Message("Conv1D: filters must be a multiple of groups, given 4 and 3"));
  CHECK_THROWS_MATCHES(layers::Conv2DTranspose(4, 3, {.strides = {2, 1}, .output_padding = 1}), ValueError,
                       Message("Conv2DTranspose: output_padding must be at least 0 and below the stride 1, given 1"));
  CHECK_THROWS_MATCHES(layers::SeparableConv2D(4, 3, {.depth_multiplier = 0}), ValueError,
                       Message("SeparableConv2D: depth_multiplier must be at least 1, given 0"));
  CHECK_THROWS_AS(layers::SeparableConv1D(1, 3, {.activation = "softmax"}), ValueError);
  CHECK_THROWS_AS(layers::Conv2DTranspose(1, 3, {.activation = "softmax"}), ValueError);
}

TEST_CASE("convolution layers are written in Keras's form, and read in all of its forms") {
  const Config written = layers::Conv1D(4, 3, {.strides = 2, .padding = "causal"}).get_config();
  CHECK(written.at("kernel_size") == parse_json("[3]"));
  CHECK(written.at("strides") == parse_json("[2]"));
  CHECK(written.at("groups") == parse_json("1"));
  CHECK(layers::Conv2DTranspose(4, 3).get_config().at("output_padding").is_null());
  CHECK(layers::Conv2DTranspose(4, 3, {.strides = 2, .output_padding = 1}).get_config().at("output_padding") ==
        parse_json("[1, 1]"));

  const layers::SeparableConv2D layer(4, {3, 2},
                                      {.depth_multiplier = 2,
                                       .activation = "relu",
                                       .pointwise_initializer = "he_normal",
                                       .depthwise_regularizer = "l2",
                                       .pointwise_constraint = "non_neg",
                                       .name = "s"});
  const layers::SeparableConv2D copy = layers::clone(layer);
  CHECK(copy.get_config() == layer.get_config());
  copy(ones({1, 4, 4, 2}));
  CHECK(copy.losses().size() == 1);
  CHECK_FALSE(copy.weights()[0].constraint);
  CHECK(copy.weights()[1].constraint);

  const auto read = [](const char* text) { return layers::deserialize(parse_json(text)); };
  CHECK(read(R"({"class_name": "Conv1D", "config": {"filters": 2, "kernel_size": 3, "data_format": "channels_last",
                 "lora_rank": null}})")
            .get_config()
            .at("kernel_size") == parse_json("[3]"));
  CHECK_THROWS_WITH(
      read(R"({"class_name": "Conv1D", "config": {"filters": 2, "kernel_size": 3, "data_format": "channels_first"}})"),
      "Conv1D: data_format must be \"channels_last\", given \"channels_first\"");
  CHECK_THROWS_WITH(read(R"({"class_name": "Conv3D", "config": {"filters": 2, "kernel_size": [3, 3]}})"),
                    "Conv3D: kernel_size: expected 3 integers, given [3,3]");
}

TEST_CASE("convolution layers give the same with activations of any kind, in one pass or not") {
  const Tensor x = sample({2, 6, 2}).astype(float32);
  for (const char* name : {"linear", "relu", "tanh", "sigmoid", "gelu"}) {
    INFO(name);
    const auto check = [&](const Layer& plain, const Layer& active) {
      plain(x);
      active(x);
      plain.set_weights(active.get_weights());
      CHECK(allclose(active(x), activations::Activation(name)(plain(x)), 1e-5, 1e-6));
    };
    check(layers::Conv1D(3, 3), layers::Conv1D(3, 3, {.activation = name}));
    check(layers::Conv1DTranspose(3, 3), layers::Conv1DTranspose(3, 3, {.activation = name}));
    check(layers::DepthwiseConv1D(3), layers::DepthwiseConv1D(3, {.activation = name}));
    check(layers::SeparableConv1D(3, 3), layers::SeparableConv1D(3, 3, {.activation = name}));
  }
}
