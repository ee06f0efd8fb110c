#include <array>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>
#include <xtape/threads.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

Tensor random_leaf(const Shape& shape, DType dtype) {
  const Tensor x = randn(shape, dtype);
  x.set_requires_grad();
  return x;
}

struct Case {
  Shape x, kernel;
  Conv2dOptions conv;
  Pool2dOptions pool;
};

const std::vector<Case> cases = {
    {{3, 9, 8, 2}, {3, 3, 2, 5}, {}, {}},
    {{2, 8, 9, 4}, {3, 2, 2, 6}, {.strides = {2, 1}, .padding = "same", .groups = 2}, {.padding = "same"}},
    {{2, 9, 9, 3}, {2, 2, 3, 4}, {}, {.pool_size = {3, 2}, .strides = std::array<int64_t, 2>{2, 1}}},
    {{2, 40, 40, 1}, {3, 3, 1, 3}, {}, {.pool_size = {20, 19}}},
    {{0, 6, 6, 1}, {3, 3, 1, 2}, {}, {}},
    // Channels that fill vectors; a last row and column of the convolution that no window reads.
    {{3, 9, 9, 16}, {3, 3, 16, 6}, {}, {}},
    {{2, 7, 9, 4}, {1, 1, 4, 6}, {}, {}},
    {{2, 7, 7, 16}, {2, 2, 16, 5}, {.padding = "same"}, {}},
    {{2, 13, 11, 3}, {3, 3, 3, 5}, {.strides = {2, 2}}, {.pool_size = {3, 3}}},
};

// Each image's output is larger than what is worked on at a time; each thread has several turns.
const Case large = {{7, 40, 40, 3}, {3, 3, 3, 200}, {}, {}};

void check_equals_parts(const Case& c) {
  const int before = get_num_threads();
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    for (const DType dtype : {float32, float64}) {
      for (const char* activation : {"linear", "relu", "tanh"}) {
        INFO(threads << " threads, " << name(dtype) << ", x " << c.x.str() << ", " << activation);
        set_random_seed(3);
        const Tensor x = random_leaf(c.x, dtype), kernel = random_leaf(c.kernel, dtype),
                     bias = random_leaf({c.kernel[3]}, dtype);
        const Tensor fused = conv2d_max_pool2d(x, kernel, bias, activation, c.conv, c.pool);
        const Tensor parts = max_pool2d(conv2d(x, kernel, bias, activation, c.conv), c.pool);
        const double tolerance = dtype == float32 ? 2e-4 : 1e-10;
        REQUIRE(fused.shape() == parts.shape());
        CHECK(allclose(fused, parts, tolerance, tolerance));
        const Tensor g = randn(fused.shape(), dtype);
        for (const bool create_graph : {false, true}) {
          const GradOptions options{.gradients = {g}, .create_graph = create_graph, .retain_graph = true};
          const auto got = grad({fused}, {x, kernel, bias}, options);
          const auto expected = grad({parts}, {x, kernel, bias}, options);
          const double scale = 1 + (c.x[0] ? max(abs(expected[1])).item() : 0);
          for (std::size_t i = 0; i < 3; ++i) CHECK(allclose(got[i], expected[i], tolerance, tolerance * scale));
        }
        const Tensor only_kernel = grad(sum(fused * g), kernel);
        CHECK(allclose(only_kernel, grad(sum(parts * g), kernel), tolerance, tolerance * 1e2));
      }
    }
  }
  set_num_threads(before);
}

}  // namespace

TEST_CASE("a convolution pooled in one pass equals its parts, in values and gradients") {
  for (const Case& c : cases) check_equals_parts(c);
}

TEST_CASE("a large convolution pooled in one pass equals its parts", "[slow]") { check_equals_parts(large); }

TEST_CASE("the same images give the same bits, pooled in one pass") {
  set_random_seed(4);
  const Tensor x = randn({64, 20, 20, 8}), kernel = random_leaf({3, 3, 8, 32}, float32), bias = randn({32});
  const auto gradient = [&] { return grad(sum(square(conv2d_max_pool2d(x, kernel, bias, "relu"))), kernel); };
  const Tensor first = gradient();
  for (int i = 0; i < 5; ++i) CHECK(array_equal(gradient(), first));
}

TEST_CASE("a convolution pooled in one pass refuses what does not fit") {
  const Tensor x = zeros({1, 4, 4, 2}), kernel = zeros({3, 3, 2, 4});
  CHECK_THROWS_WITH(conv2d_max_pool2d(zeros({1, 4, 4, 3}), kernel, Tensor(), "relu"),
                    "conv2d_max_pool2d: channels do not fit at groups 1: x [1, 4, 4, 3], kernel [3, 3, 2, 4]");
  CHECK_THROWS_WITH(conv2d_max_pool2d(x, kernel, Tensor(), "relu", {}, {.pool_size = {3, 3}}),
                    "conv2d_max_pool2d: a window of (3, 3) does not fit into x [1, 2, 2, 4]");
  CHECK_THROWS_WITH(conv2d_max_pool2d(x, kernel, zeros({3}), "relu"),
                    "conv2d_max_pool2d: expected a bias of shape [4], got [3]");
  CHECK_THROWS_AS(conv2d_max_pool2d(x, kernel, Tensor(), "sharp"), ValueError);
  CHECK_THROWS_AS(conv2d_max_pool2d(x, kernel.astype(float64), Tensor(), "relu"), DTypeError);
}
