#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/pool.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

Tensor image() {
  const Tensor x = tensor({{1.f, 5.f, 2.f}, {3.f, 5.f, 0.f}, {7.f, 6.f, 9.f}}).reshape({1, 3, 3, 1});
  x.set_requires_grad();
  return x;
}

}  // namespace

TEST_CASE("max_pool2d takes the largest of each window, whose first gets the gradient") {
  const Tensor x = image();
  const Tensor y = max_pool2d(x);
  CHECK(numbers(y) == std::vector<double>{5});
  CHECK(numbers(grad(sum(y), x)) == std::vector<double>{0, 1, 0, 0, 0, 0, 0, 0, 0});
  const Tensor overlapping = max_pool2d(x, {.strides = {{1, 1}}});
  CHECK(numbers(overlapping) == std::vector<double>{5, 5, 7, 9});
  CHECK(numbers(grad(sum(overlapping), x)) == std::vector<double>{0, 2, 0, 0, 0, 0, 1, 0, 1});
  CHECK(numbers(max_pool2d(x, {.padding = "same"})) == std::vector<double>{5, 2, 7, 9});
}

TEST_CASE("avg_pool2d divides by the cells of the image") {
  const Tensor x = image();
  CHECK(numbers(avg_pool2d(x)) == std::vector<double>{3.5});
  const Tensor y = avg_pool2d(x, {.padding = "same"});
  CHECK(numbers(y) == std::vector<double>{3.5, 1, 6.5, 9});
  CHECK(numbers(grad(sum(y), x)) == std::vector<double>{.25, .25, .5, .25, .25, .5, .5, .5, 1});
}

TEST_CASE("pooling has derivatives of any order") {
  set_random_seed(3);
  for (auto* pool : {max_pool2d, avg_pool2d}) {
    const Tensor x = randn({2, 7, 8, 3}, float64), g = randn({2, 4, 4, 3}, float64);
    x.set_requires_grad();
    g.set_requires_grad();
    const Pool2dOptions options{.pool_size = {3, 2}, .strides = {{2, 2}}, .padding = "same"};
    const Tensor y = sum(square(pool(x, options)) * g);
    const Tensor first = grad(y, x, {.create_graph = true});
    // y is of second degree in x and linear in g.
    CHECK(sum(first * x).item() == Approx(2 * y.item()));
    const Tensor v = randn(x.shape(), float64);
    const Tensor along = sum(first * v);
    const auto second = grad({along}, {x, g}, {.create_graph = true});
    CHECK(sum(second[0] * x).item() == Approx(along.item()));
    CHECK(sum(second[1] * g).item() == Approx(along.item()));
    const Tensor third = grad(sum(second[0] * v), g);
    CHECK(sum(third * g).item() == Approx(sum(second[0] * v).item()));
  }
}

TEST_CASE("a window of more than 256 cells pools too") {
  const Tensor x = arange(0.f, 800.f).reshape({1, 20, 20, 2});
  x.set_requires_grad();
  const Tensor y = max_pool2d(x, {.pool_size = {20, 20}});
  CHECK(numbers(y) == std::vector<double>{798, 799});
  CHECK(numbers(grad(sum(y), x).reshape({800}).slice(0, {797})) == std::vector<double>{0, 1, 1});
}

TEST_CASE("pooling refuses what does not fit") {
  const Tensor x = zeros({1, 4, 4, 2});
  CHECK_THROWS_WITH(max_pool2d(zeros({4, 4, 2})),
                    "max_pool2d: expected x [batch, height, width, channels], got [4, 4, 2]");
  CHECK_THROWS_WITH(avg_pool2d(x, {.pool_size = {5, 1}}),
                    "avg_pool2d: a window of (5, 1) does not fit into x [1, 4, 4, 2]");
  CHECK_THROWS_WITH(max_pool2d(x, {.pool_size = {0, 2}}), "max_pool2d: pool_size must be at least 1, given (0, 2)");
  CHECK_THROWS_AS(max_pool2d(x, {.strides = {{0, 2}}}), ValueError);
  CHECK_THROWS_WITH(avg_pool2d(x, {.padding = "SAME"}),
                    "avg_pool2d: padding must be \"valid\" or \"same\", given \"SAME\"");
  CHECK_THROWS_AS(max_pool2d(x.astype(int32)), DTypeError);
  CHECK_THROWS_AS(max_pool2d(Tensor()), ValueError);
}
