#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

Tensor random_leaf(const Shape& shape, DType dtype = float64) {
  const Tensor x = randn(shape, dtype);
  x.set_requires_grad();
  return x;
}

void check_same(const Tensor& a, const Tensor& b, double tolerance) {
  REQUIRE(a.shape() == b.shape());
  const std::vector<double> left = a.to_vector<double>(), right = b.to_vector<double>();
  for (std::size_t i = 0; i < left.size(); ++i) REQUIRE(left[i] == Approx(right[i]).margin(tolerance));
}

const Conv2dOptions strided{.strides = {2, 1}, .padding = "same", .dilation_rate = {1, 2}, .groups = 2};

}  // namespace

TEST_CASE("conv2d slides a kernel over an image") {
  const Tensor x = arange(0.f, 9.f).reshape({1, 3, 3, 1});
  const Tensor kernel = ones({2, 2, 1, 1});
  CHECK(conv2d(x, kernel).to_vector<double>() == std::vector<double>{8, 12, 20, 24});
  CHECK(conv2d(x, kernel, {.padding = "same"}).to_vector<double>() ==
        std::vector<double>{8, 12, 7, 20, 24, 13, 13, 15, 8});
  CHECK(conv2d(x, kernel, {.strides = {2, 2}, .padding = "same"}).to_vector<double>() ==
        std::vector<double>{8, 7, 13, 8});
  CHECK(conv2d(x, kernel, {.dilation_rate = {2, 2}}).to_vector<double>() == std::vector<double>{16});
}

TEST_CASE("conv2d has derivatives of any order") {
  set_random_seed(1);
  const Tensor x = random_leaf({2, 5, 6, 4}), kernel = random_leaf({3, 2, 2, 6}), g = random_leaf({2, 3, 6, 6});
  const Tensor y = sum(conv2d(x, kernel, strided) * g);
  const auto first = grad({y}, {x, kernel}, {.create_graph = true});
  // y is linear in each of x, kernel and g, and so are its derivatives in the other two.
  CHECK(sum(first[0] * x).item() == Approx(y.item()));
  CHECK(sum(first[1] * kernel).item() == Approx(y.item()));
  const Tensor v = randn(kernel.shape(), float64);
  const Tensor along = sum(first[1] * v);
  const auto second = grad({along}, {x, g}, {.create_graph = true});
  CHECK(sum(second[0] * x).item() == Approx(along.item()));
  CHECK(sum(second[1] * g).item() == Approx(along.item()));
  const Tensor u = randn(x.shape(), float64);
  const Tensor twice = sum(second[0] * u);
  CHECK(sum(grad(twice, g, {.create_graph = true}) * g).item() == Approx(twice.item()));
  const Tensor other = sum(first[0] * u);
  const auto last = grad({other}, {kernel, g});
  CHECK(sum(last[0] * kernel).item() == Approx(other.item()));
  CHECK(sum(last[1] * g).item() == Approx(other.item()));
}

TEST_CASE("the fused conv2d equals its parts, in values and gradients") {
  for (const DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 1e-4 : 1e-10;
    for (const char* activation : {"linear", "relu", "tanh"}) {
      const bool linear = std::string(activation) == "linear", rectified = std::string(activation) == "relu";
      INFO(activation << ' ' << name(dtype));
      set_random_seed(2);
      const Tensor x = random_leaf({2, 5, 6, 4}, dtype), kernel = random_leaf({3, 2, 2, 6}, dtype),
                   bias = random_leaf({6}, dtype), g = randn({2, 3, 6, 6}, dtype);
      const Tensor fused = conv2d(x, kernel, bias, activation, strided);
      const Tensor sums = conv2d(x, kernel, strided) + bias;
      const Tensor parts = linear ? sums : rectified ? relu(sums) : tanh(sums);
      check_same(fused, parts, tolerance);
      for (const bool create_graph : {false, true}) {
        const GradOptions options{.gradients = {g}, .create_graph = create_graph, .retain_graph = true};
        const auto got = grad({fused}, {x, kernel, bias}, options);
        const auto expected = grad({parts}, {x, kernel, bias}, options);
        for (std::size_t i = 0; i < 3; ++i) check_same(got[i], expected[i], tolerance);
      }
      check_same(conv2d(x, kernel, Tensor(), "linear", strided), conv2d(x, kernel, strided), 0);
    }
  }
}

TEST_CASE("conv2d of nothing is nothing") {
  const Tensor x = zeros({0, 4, 4, 2}), kernel = ones({2, 2, 2, 3});
  kernel.set_requires_grad();
  const Tensor y = conv2d(x, kernel);
  CHECK(y.shape() == Shape{0, 3, 3, 3});
  CHECK(sum(abs(grad(sum(y), kernel))).item() == 0);
  CHECK(sum(conv2d(ones({1, 4, 4, 0}), ones({2, 2, 0, 3}))).item() == 0);
}

TEST_CASE("conv2d refuses what does not fit") {
  const Tensor x = zeros({1, 4, 4, 2}), kernel = zeros({3, 3, 2, 4});
  CHECK_THROWS_WITH(conv2d(zeros({4, 4, 2}), kernel),
                    "conv2d: expected x [batch, height, width, in] and kernel [height, width, in / groups, out]: "
                    "x [4, 4, 2], kernel [3, 3, 2, 4]");
  CHECK_THROWS_AS(conv2d(x, zeros({3, 3, 8})), ShapeError);
  CHECK_THROWS_WITH(conv2d(zeros({1, 4, 4, 3}), kernel),
                    "conv2d: channels do not fit at groups 1: x [1, 4, 4, 3], kernel [3, 3, 2, 4]");
  CHECK_THROWS_AS(conv2d(zeros({1, 4, 4, 6}), kernel, {.groups = 3}), ShapeError);
  CHECK_THROWS_WITH(conv2d(x, kernel, {.dilation_rate = {2, 2}}),
                    "conv2d: the kernel, at dilation_rate (2, 2), does not fit into the image: x [1, 4, 4, 2], "
                    "kernel [3, 3, 2, 4]");
  CHECK_THROWS_WITH(conv2d(x, kernel, {.strides = {1, 0}}), "conv2d: strides must be at least 1, given (1, 0)");
  CHECK_THROWS_AS(conv2d(x, kernel, {.dilation_rate = {0, 1}}), ValueError);
  CHECK_THROWS_WITH(conv2d(x, kernel, {.groups = 0}), "conv2d: groups must be at least 1, given 0");
  CHECK_THROWS_WITH(conv2d(x, kernel, {.padding = "full"}),
                    "conv2d: padding must be \"valid\" or \"same\", given \"full\"");
  CHECK_THROWS_WITH(conv2d(x, kernel, zeros({3}), "relu"), "conv2d: expected a bias of shape [4], got [3]");
  CHECK_THROWS_AS(conv2d(x, kernel, zeros({4}), "sharp"), ValueError);
  CHECK_THROWS_AS(conv2d(x, kernel.astype(float64)), DTypeError);
  CHECK_THROWS_AS(conv2d(x.astype(int32), kernel), DTypeError);
  CHECK_THROWS_AS(conv2d(Tensor(), kernel), ValueError);
}
