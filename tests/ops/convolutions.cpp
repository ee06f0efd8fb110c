#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

// Convolutions over one and three axes, their transposes, and depthwise and separable ones.

using namespace xtape;

namespace {

std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

}  // namespace

TEST_CASE("conv1d slides a kernel over a sequence") {
  const Tensor x = arange(1.f, 6.f).reshape({1, 5, 1}), kernel = tensor({1.f, 10.f, 100.f}).reshape({3, 1, 1});
  CHECK(numbers(conv1d(x, kernel)) == std::vector<double>{321, 432, 543});
  CHECK(numbers(conv1d(x, kernel, {.padding = "same"})) == std::vector<double>{210, 321, 432, 543, 54});
  CHECK(numbers(conv1d(x, kernel, {.padding = "causal"})) == std::vector<double>{100, 210, 321, 432, 543});
  CHECK(numbers(conv1d(x, kernel, {.strides = 2, .padding = "causal"})) == std::vector<double>{100, 321, 543});
  CHECK(numbers(conv1d(x, kernel, {.padding = "causal", .dilation_rate = 2})) ==
        std::vector<double>{100, 200, 310, 420, 531});
}

TEST_CASE("causal outputs do not know what comes after them") {
  set_random_seed(1);
  const Tensor x = randn({1, 9, 2}, float64), kernel = randn({3, 2, 4}, float64);
  x.set_requires_grad();
  for (const int64_t stride : {1, 2, 3}) {
    for (const int64_t dilation : {1, 2}) {
      const Tensor y = conv1d(x, kernel, {.strides = stride, .padding = "causal", .dilation_rate = dilation});
      REQUIRE(y.shape() == Shape{1, (9 + stride - 1) / stride, 4});
      for (int64_t i = 0; i < y.shape(1); ++i) {
        const Tensor read = sum(abs(grad(sum(y.select(1, i)), x, {.retain_graph = true})), {0, 2});
        CHECK(sum(read.slice(0, {i * stride + 1})).item() == 0);
        CHECK(read.to_vector<double>()[static_cast<std::size_t>(i * stride)] > 0);
      }
    }
  }
}

TEST_CASE("conv3d adds up the convolutions of planes") {
  set_random_seed(2);
  for (const DType dtype : {float32, float64}) {
    const Tensor x = randn({2, 5, 7, 6, 3}, dtype), kernel = randn({2, 3, 2, 3, 4}, dtype);
    const Tensor y = conv3d(x, kernel, {.strides = {2, 1, 2}});
    REQUIRE(y.shape() == Shape{2, 2, 5, 3, 4});
    for (const int64_t d : {0, 1}) {
      const Tensor sums = conv2d(x.select(1, 2 * d), kernel.select(0, 0), {.strides = {1, 2}}) +
                          conv2d(x.select(1, 2 * d + 1), kernel.select(0, 1), {.strides = {1, 2}});
      CHECK(allclose(y.select(1, d), sums, 1e-4, 1e-4));
    }
  }
}

TEST_CASE("conv_transpose1d has Keras's lengths and places") {
  const Tensor x = tensor({1.f, 10.f, 100.f}).reshape({1, 3, 1});
  const auto transposed = [&](int64_t size, const ConvTranspose1dOptions& options) {
    return numbers(conv_transpose1d(x, ones({size, 1, 1}), options));
  };
  CHECK(transposed(3, {.strides = 2}) == std::vector<double>{1, 1, 11, 10, 110, 100, 100});
  CHECK(transposed(3, {.strides = 2, .padding = "same"}) == std::vector<double>{1, 1, 11, 10, 110, 100});
  CHECK(transposed(4, {.strides = 2, .padding = "same"}) == std::vector<double>{1, 11, 11, 110, 110, 100});
  CHECK(transposed(2, {.strides = 3}) == std::vector<double>{1, 1, 0, 10, 10, 0, 100, 100, 0});
  CHECK(transposed(2, {.strides = 3, .padding = "same"}) == std::vector<double>{1, 1, 0, 10, 10, 0, 100, 100, 0});
  CHECK(transposed(2, {.strides = 3, .output_padding = 0}) == std::vector<double>{1, 1, 0, 10, 10, 0, 100, 100});
  CHECK(transposed(3, {.strides = 2, .padding = "same", .output_padding = 0}) ==
        std::vector<double>{1, 11, 10, 110, 100});
  CHECK(transposed(3, {.strides = 2, .output_padding = 1}) == std::vector<double>{1, 1, 11, 10, 110, 100, 100, 0});
}

TEST_CASE("a transposed convolution is the adjoint of the convolution") {
  set_random_seed(3);
  // <conv(x), g> = <x, conv_transpose(g)>, with one kernel.
  const Tensor x = randn({2, 7, 8, 3}, float64), kernel = randn({3, 2, 3, 4}, float64);
  for (const int64_t dilation : {1, 2}) {
    const Conv2dOptions options{.strides = {1, 2}, .dilation_rate = {dilation, 1}};
    const Tensor y = conv2d(x, kernel, options), g = randn(y.shape(), float64);
    const Tensor back =
        conv_transpose2d(g, kernel, {.strides = options.strides, .dilation_rate = options.dilation_rate});
    REQUIRE(back.shape() == x.shape());
    CHECK(sum(y * g).item() == Approx(sum(x * back).item()));
  }
  const Tensor volume = randn({1, 4, 5, 4, 2}, float64), weights = randn({2, 3, 2, 2, 3}, float64);
  const Tensor y = conv3d(volume, weights, {.strides = {2, 1, 2}}), g = randn(y.shape(), float64);
  CHECK(sum(y * g).item() == Approx(sum(volume * conv_transpose3d(g, weights, {.strides = {2, 1, 2}})).item()));
}

TEST_CASE("fused transposed convolutions equal their parts, in values and gradients") {
  set_random_seed(4);
  for (const DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 1e-4 : 1e-10;
    for (const char* activation : {"linear", "relu", "sigmoid", "tanh"}) {
      INFO(activation << ' ' << name(dtype));
      const Tensor x = randn({2, 3, 4, 5}, dtype), kernel = randn({3, 2, 4, 5}, dtype), bias = randn({4}, dtype);
      for (const Tensor& leaf : {x, kernel, bias}) leaf.set_requires_grad();
      const ConvTranspose2dOptions options{.strides = {2, 1}, .padding = "same"};
      const std::string name = activation;
      const Tensor sums = conv_transpose2d(x, kernel, options) + bias;
      const Tensor parts = name == "relu"      ? relu(sums)
                           : name == "tanh"    ? tanh(sums)
                           : name == "sigmoid" ? sigmoid(sums)
                                               : sums;
      const Tensor fused = conv_transpose2d(x, kernel, bias, activation, options);
      CHECK(allclose(fused, parts, 0, tolerance));
      for (const bool create_graph : {false, true}) {
        const GradOptions wanted{
            .gradients = {randn(fused.shape(), dtype)}, .create_graph = create_graph, .retain_graph = true};
        const auto got = grad({fused}, {x, kernel, bias}, wanted), expected = grad({parts}, {x, kernel, bias}, wanted);
        for (std::size_t i = 0; i < 3; ++i) CHECK(allclose(got[i], expected[i], 0, 10 * tolerance));
      }
    }
  }
}

TEST_CASE("depthwise convolutions keep channels apart") {
  const Tensor x = tensor({{1.f, 10.f}, {2.f, 20.f}, {3.f, 30.f}}).reshape({1, 3, 2});
  // Channel 0 by 1 and 100, channel 1 by 2 and 3.
  const Tensor kernel = tensor({{1.f, 100.f}, {2.f, 3.f}}).reshape({1, 2, 2});
  CHECK(numbers(depthwise_conv1d(x, kernel)) == std::vector<double>{1, 100, 20, 30, 2, 200, 40, 60, 3, 300, 60, 90});
  const Tensor pointwise = tensor({1.f, 0.f, 1.f, 0.f}).reshape({1, 4, 1});
  CHECK(numbers(separable_conv1d(x, kernel, pointwise)) == std::vector<double>{21, 42, 63});
  CHECK(numbers(separable_conv1d(x, kernel, pointwise, full({1}, -50.f), "relu")) == std::vector<double>{0, 0, 13});
}

TEST_CASE("convolutions of nothing are nothing") {
  CHECK(conv1d(zeros({0, 4, 2}), ones({3, 2, 5})).shape() == Shape{0, 2, 5});
  CHECK(conv3d(zeros({0, 4, 4, 4, 2}), ones({3, 1, 2, 2, 5})).shape() == Shape{0, 2, 4, 3, 5});
  CHECK(conv_transpose1d(zeros({0, 4, 2}), ones({3, 5, 2}), {.strides = 2}).shape() == Shape{0, 9, 5});
  CHECK(sum(conv_transpose2d(ones({1, 2, 2, 0}), ones({3, 3, 4, 0}))).item() == 0);
  CHECK(sum(conv3d(ones({1, 2, 2, 2, 0}), ones({2, 1, 1, 0, 4}))).item() == 0);
}

TEST_CASE("convolutions refuse what does not fit, in the user's own shapes") {
  CHECK_THROWS_WITH(conv1d(zeros({4, 4, 2, 1}), zeros({3, 2, 4})),
                    "conv1d: expected x [batch, length, in] and kernel [length, in / groups, out]: x [4, 4, 2, 1], "
                    "kernel [3, 2, 4]");
  CHECK_THROWS_WITH(conv1d(zeros({1, 4, 2}), zeros({3, 3, 4})),
                    "conv1d: channels do not fit at groups 1: x [1, 4, 2], kernel [3, 3, 4]");
  CHECK_THROWS_WITH(conv1d(zeros({1, 4, 2}), zeros({3, 2, 4}), {.dilation_rate = 2}),
                    "conv1d: the kernel, at dilation_rate 2, does not fit into the sequence: x [1, 4, 2], kernel "
                    "[3, 2, 4]");
  CHECK_THROWS_WITH(conv1d(zeros({1, 4, 2}), zeros({3, 2, 4}), {.strides = 0}),
                    "conv1d: strides must be at least 1, given 0");
  CHECK_THROWS_WITH(conv1d(zeros({1, 4, 2}), zeros({3, 2, 4}), {.padding = "full"}),
                    "conv1d: padding must be \"valid\", \"same\" or \"causal\", given \"full\"");
  CHECK_THROWS_WITH(
      conv3d(zeros({1, 4, 4, 2}), zeros({3, 3, 3, 2, 4})),
      "conv3d: expected x [batch, depth, height, width, in] and kernel [depth, height, width, in / groups, "
      "out]: x [1, 4, 4, 2], kernel [3, 3, 3, 2, 4]");
  CHECK_THROWS_WITH(conv3d(zeros({1, 4, 2, 4, 2}), zeros({3, 3, 3, 2, 4})),
                    "conv3d: the kernel, at dilation_rate (1, 1, 1), does not fit into the volume: x [1, 4, 2, 4, 2], "
                    "kernel [3, 3, 3, 2, 4]");
  CHECK_THROWS_WITH(conv3d(zeros({1, 4, 4, 4, 2}), zeros({3, 3, 3, 2, 4}), {.padding = "causal"}),
                    "conv3d: padding must be \"valid\" or \"same\", given \"causal\"");
  CHECK_THROWS_WITH(conv_transpose2d(zeros({1, 4, 4, 2}), zeros({3, 3, 2, 4})),
                    "conv_transpose2d: channels differ: x [1, 4, 4, 2], kernel [3, 3, 2, 4]");
  CHECK_THROWS_WITH(conv_transpose1d(zeros({1, 4, 4, 2}), zeros({3, 2, 4})),
                    "conv_transpose1d: expected x [batch, length, in] and kernel [length, out, in]: x [1, 4, 4, 2], "
                    "kernel [3, 2, 4]");
  CHECK_THROWS_WITH(conv_transpose1d(zeros({1, 4, 2}), zeros({3, 3, 2}), {.strides = 2, .output_padding = 2}),
                    "conv_transpose1d: output_padding must be at least 0 and below the stride 2, given 2");
  CHECK_THROWS_AS(conv_transpose1d(zeros({1, 4, 2}), zeros({3, 3, 2}), {.strides = 2, .output_padding = -1}),
                  ValueError);
  CHECK_THROWS_WITH(conv_transpose1d(zeros({1, 0, 2}), zeros({3, 3, 2})),
                    "conv_transpose1d: the result has no pixels: x [1, 0, 2], kernel [3, 3, 2]");
  CHECK_THROWS_AS(conv_transpose1d(zeros({1, 1, 2}), zeros({4, 3, 2}), {.padding = "same", .output_padding = 0}),
                  ShapeError);
  CHECK_THROWS_AS(conv_transpose1d(zeros({1, 3, 2}), zeros({4, 3, 2}), {.strides = int64_t{1} << 62}), ShapeError);
  CHECK_THROWS_WITH(conv_transpose1d(zeros({1, 3, 2}), zeros({2, 3, 2}), {.padding = "causal"}),
                    "conv_transpose1d: padding must be \"valid\" or \"same\", given \"causal\"");
  CHECK_THROWS_WITH(conv_transpose2d(zeros({1, 4, 4, 2}), zeros({3, 3, 5, 2}), zeros({2}), "relu"),
                    "conv_transpose2d: expected a bias of shape [5], got [2]");
  CHECK_THROWS_WITH(depthwise_conv2d(zeros({1, 4, 4, 2}), zeros({3, 3, 1, 2})),
                    "depthwise_conv2d: channels do not fit: x [1, 4, 4, 2], kernel [3, 3, 1, 2]");
  CHECK_THROWS_WITH(depthwise_conv2d(zeros({1, 4, 2, 2}), zeros({3, 3, 2, 2})),
                    "depthwise_conv2d: the kernel, at dilation_rate (1, 1), does not fit into the image: x "
                    "[1, 4, 2, 2], kernel [3, 3, 2, 2]");
  CHECK_THROWS_WITH(separable_conv2d(zeros({1, 4, 4, 2}), zeros({3, 3, 2, 3}), zeros({1, 1, 5, 7})),
                    "separable_conv2d: expected a pointwise kernel [1, 1, 6, out] behind the depthwise kernel "
                    "[3, 3, 2, 3], got [1, 1, 5, 7]");
  CHECK_THROWS_WITH(separable_conv1d(zeros({1, 2, 2}), zeros({3, 2, 1}), zeros({1, 2, 7})),
                    "separable_conv1d: depthwise_conv1d: the kernel, at dilation_rate 1, does not fit into the "
                    "sequence: x [1, 2, 2], kernel [3, 2, 1]");
  CHECK_THROWS_AS(conv1d(zeros({1, 4, 2}), zeros({3, 2, 4}, float64)), DTypeError);
  CHECK_THROWS_AS(conv3d(Tensor(), zeros({3, 3, 3, 2, 4})), ValueError);
}
