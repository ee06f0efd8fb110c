#include <limits>
#include <new>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/image.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/pool.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

std::vector<double> numbers(const Tensor& x) { return x.to_vector<double>(); }

}  // namespace

TEST_CASE("pixels stand for their centers") {
  const Tensor x = tensor({1.f, 2.f}).reshape({1, 2, 1});
  CHECK(numbers(resize(x, {4})) == std::vector<double>{1, 1.25, 1.75, 2});
  CHECK(numbers(resize(x, {4}, {.interpolation = "nearest"})) == std::vector<double>{1, 1, 2, 2});
  CHECK(numbers(resize(x, {1})) == std::vector<double>{1.5});
  const Tensor ramp = arange(0.f, 8.f).reshape({1, 8, 1});
  CHECK(numbers(resize(ramp, {2})) == std::vector<double>{1.5, 5.5});
  CHECK(numbers(resize(ramp, {4}, {.interpolation = "nearest"})) == std::vector<double>{1, 3, 5, 7});
}

TEST_CASE("images of one color keep it") {
  for (const char* interpolation : {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"}) {
    for (const bool antialias : {false, true}) {
      const Tensor y = resize(full({1, 5, 7, 2}, 3, float64), {9, 2}, {interpolation, antialias});
      CHECK(allclose(y, full({1, 9, 2, 2}, 3, float64), 0, 1e-14));
    }
  }
}

TEST_CASE("upsample repeats pixels of any type") {
  const Tensor x = tensor({{1, 2}, {3, 4}}).reshape({1, 2, 2, 1});
  const Tensor y = upsample(x, {1, 3});
  CHECK(y.dtype() == int64);
  CHECK(numbers(y) == std::vector<double>{1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4});
  set_random_seed(5);
  const Tensor image = randn({2, 3, 4, 2});
  CHECK(array_equal(upsample(image, {2, 3}), resize(image, {6, 12}, {.interpolation = "nearest"})));
}

TEST_CASE("resizing refuses what does not fit") {
  const Tensor x = zeros({1, 4, 4, 2});
  CHECK_THROWS_WITH(resize(x, {3}),
                    "resize: expected x [batch, length, channels] for 1 number in size, got [1, 4, 4, 2]");
  CHECK_THROWS_WITH(resize(x, {}), "resize: size must have one to three numbers, given 0");
  CHECK_THROWS_WITH(resize(x, {3, 0}), "resize: size must be at least 1, given (3, 0)");
  CHECK_THROWS_WITH(resize(x, {3, 3}, {.interpolation = "cubic"}),
                    "resize: unknown interpolation 'cubic'; known are nearest, bilinear, bicubic, lanczos3, lanczos5");
  CHECK_THROWS_WITH(resize(zeros({1, 0, 4, 2}), {3, 3}), "resize: there are no pixels in x [1, 0, 4, 2]");
  CHECK_THROWS_WITH(upsample(x, {2, -1}), "upsample: factors must be at least 1, given (2, -1)");
  CHECK_THROWS_AS(upsample(x, {2, int64_t{1} << 62}), ShapeError);
  constexpr int64_t too_long = std::numeric_limits<int64_t>::max();
  CHECK_THROWS_WITH(resize(x, {3, too_long}), Contains("resize: resample: "));
  CHECK_THROWS_WITH(adaptive_avg_pool2d(x, {3, too_long}), Contains("adaptive_avg_pool2d: "));
  CHECK_THROWS_WITH(adaptive_max_pool2d(x, {3, too_long}), Contains("adaptive_max_pool2d: "));
  CHECK_THROWS_AS(adaptive_max_pool2d(x, {3, int64_t{1} << 53}), std::bad_alloc);
  CHECK_THROWS_WITH(repeat(x, too_long / 8, 0), Contains("repeat: "));
  CHECK_THROWS_AS(resize(x.astype(int32), {3, 3}), DTypeError);
  CHECK_THROWS_AS(upsample(Tensor(), {2, 2}), ValueError);
}
