#include <limits>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/pool.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

// Pooling over one and three axes, and adaptive pooling.

using namespace xtape;

namespace {

std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

}  // namespace

TEST_CASE("pooling over a sequence") {
  const Tensor x = tensor({1.f, 5.f, 5.f, 3.f, 4.f}).reshape({1, 5, 1});
  x.set_requires_grad();
  CHECK(numbers(max_pool1d(x)) == std::vector<double>{5, 5});
  CHECK(numbers(max_pool1d(x, {.padding = "same"})) == std::vector<double>{5, 5, 4});
  CHECK(numbers(avg_pool1d(x, {.padding = "same"})) == std::vector<double>{3, 4, 4});
  CHECK(allclose(avg_pool1d(x, {.pool_size = 3, .strides = 1}), tensor({11 / 3.f, 13 / 3.f, 4.f}).reshape({1, 3, 1})));
  const Tensor y = max_pool1d(x, {.pool_size = 3, .strides = 2, .padding = "same"});
  CHECK(numbers(y) == std::vector<double>{5, 5, 4});
  CHECK(numbers(grad(sum(y), x)) == std::vector<double>{0, 2, 0, 0, 1});
}

TEST_CASE("of equal cells of a volume, the first one of a window gets the gradient") {
  // Largest in both planes of depth, twice in the second one.
  const Tensor x = tensor({1.f, 2.f, 0.f, 7.f, 7.f, 3.f, 7.f, 0.f}).reshape({1, 2, 2, 2, 1});
  x.set_requires_grad();
  const Tensor y = max_pool3d(x);
  CHECK(numbers(y) == std::vector<double>{7});
  CHECK(numbers(grad(sum(y), x)) == std::vector<double>{0, 0, 0, 1, 0, 0, 0, 0});
}

TEST_CASE("pooling over volumes divides by the cells inside") {
  const Tensor x = arange(0.f, 27.f).reshape({1, 3, 3, 3, 1});
  const Tensor y = avg_pool3d(x, {.padding = "same"});
  CHECK(y.shape() == Shape{1, 2, 2, 2, 1});
  CHECK(numbers(y) == std::vector<double>{6.5, 8, 11, 12.5, 20, 21.5, 24.5, 26});
}

TEST_CASE("pooling over one and three axes keeps NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const DType dtype : {float32, float64}) {
    const Tensor x = where(arange(24) == 10, full({}, nan, dtype), 1);
    for (auto* pool : {max_pool1d, avg_pool1d}) CHECK(numbers(isnan(pool(x.reshape({1, 24, 1}), {})))[5] == 1);
    for (auto* pool : {max_pool3d, avg_pool3d}) {
      const Tensor y = pool(x.reshape({1, 2, 3, 4, 1}), {.pool_size = {2, 1, 2}});
      CHECK(numbers(isnan(y)) == std::vector<double>{0, 0, 0, 0, 0, 1});
    }
    for (auto* pool : {adaptive_max_pool1d, adaptive_avg_pool1d}) {
      CHECK(numbers(isnan(pool(x.reshape({1, 24, 1}), 5))) == std::vector<double>{0, 0, 1, 0, 0});
    }
  }
}

TEST_CASE("adaptive pooling has PyTorch's bins") {
  const Tensor x = arange(0.f, 5.f).reshape({1, 5, 1});
  x.set_requires_grad();
  // [0, 2), [1, 4), [3, 5)
  const Tensor largest = adaptive_max_pool1d(x, 3), mean = adaptive_avg_pool1d(x, 3);
  CHECK(numbers(largest) == std::vector<double>{1, 3, 4});
  CHECK(numbers(mean) == std::vector<double>{0.5, 2, 3.5});
  CHECK(numbers(grad(sum(largest), x)) == std::vector<double>{0, 1, 0, 1, 1});
  const auto third = static_cast<double>(1.f / 3);
  CHECK(numbers(grad(sum(mean), x)) ==
        std::vector<double>{0.5, static_cast<double>(0.5f + 1.f / 3), third, static_cast<double>(0.5f + 1.f / 3), 0.5});
  // More bins than cells.
  CHECK(numbers(adaptive_max_pool1d(tensor({1.f, 2.f}).reshape({1, 2, 1}), 3)) == std::vector<double>{1, 2, 2});
  CHECK(numbers(adaptive_avg_pool1d(tensor({1.f, 2.f}).reshape({1, 2, 1}), 3)) == std::vector<double>{1, 1.5, 2});
  // Bins of one, two or three lengths.
  for (int64_t length = 1; length <= 12; ++length) {
    const Tensor cells = rand({1, length, 1});
    const std::vector<double> values = numbers(cells);
    for (int64_t bins = 1; bins <= 18; ++bins) {
      std::vector<double> expected;
      for (int64_t bin = 0; bin < bins; ++bin) {
        const auto begin = bin * length / bins, end = ((bin + 1) * length + bins - 1) / bins;
        expected.push_back(*std::max_element(values.begin() + begin, values.begin() + end));
      }
      CHECK(numbers(adaptive_max_pool1d(cells, bins)) == expected);
    }
  }
  // The first of equal cells, in bins that are shorter than others too.
  const Tensor equal = ones({1, 5, 1});
  equal.set_requires_grad();
  CHECK(numbers(grad(sum(adaptive_max_pool1d(equal, 3)), equal)) == std::vector<double>{1, 1, 0, 1, 0});
}

TEST_CASE("pooling refuses what does not fit, in the user's own shapes") {
  CHECK_THROWS_WITH(max_pool1d(zeros({1, 4, 4, 2})),
                    "max_pool1d: expected x [batch, length, channels], got [1, 4, 4, 2]");
  CHECK_THROWS_WITH(avg_pool1d(zeros({1, 4, 2}), {.pool_size = 5}),
                    "avg_pool1d: a window of 5 does not fit into x [1, 4, 2]");
  CHECK_THROWS_WITH(max_pool3d(zeros({1, 4, 1, 4, 2})),
                    "max_pool3d: a window of (2, 2, 2) does not fit into x [1, 4, 1, 4, 2]");
  CHECK_THROWS_WITH(avg_pool3d(zeros({1, 4, 4, 2})),
                    "avg_pool3d: expected x [batch, depth, height, width, channels], got [1, 4, 4, 2]");
  CHECK_THROWS_WITH(max_pool3d(zeros({1, 4, 4, 4, 2}), {.pool_size = {1, 0, 1}}),
                    "max_pool3d: pool_size must be at least 1, given (1, 0, 1)");
  CHECK_THROWS_AS(max_pool1d(zeros({1, 1, 1}).broadcast_to({1, 1 << 26, 1}), {.pool_size = 1 << 25}), ShapeError);
  CHECK_THROWS_WITH(adaptive_max_pool2d(zeros({4, 4, 2}), {1, 1}),
                    "adaptive_max_pool2d: expected x [batch, height, width, channels], got [4, 4, 2]");
  CHECK_THROWS_WITH(adaptive_avg_pool1d(zeros({1, 4, 2}), 0),
                    "adaptive_avg_pool1d: output_size must be at least 1, given 0");
  CHECK_THROWS_WITH(adaptive_avg_pool2d(zeros({1, 0, 4, 2}), {1, 1}),
                    "adaptive_avg_pool2d: there are no cells in x [1, 0, 4, 2]");
  CHECK_THROWS_AS(adaptive_max_pool1d(zeros({1, 4, 2}, int32), 2), DTypeError);
  CHECK_THROWS_AS(adaptive_avg_pool3d(Tensor(), {1, 1, 1}), ValueError);
}
