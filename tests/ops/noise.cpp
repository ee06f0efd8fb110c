#include <cmath>
#include <limits>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

namespace xtape::test {
namespace {

constexpr double lowest = -1.6732632423543772 * 1.0507009873554805;

}  // namespace

TEST_CASE("dropout of a noise shape drops what broadcasts together") {
  for (const DType dtype : {float32, float64}) {
    set_random_seed(3);
    const Tensor x = full({40, 5, 6, 50}, 2, dtype).set_requires_grad();
    const Tensor y = dropout(x, 0.25, {40, 1, 1, 50});
    const Tensor one = y.slice(1, {0, 1}).slice(2, {0, 1});
    CHECK(array_equal(y, broadcast_to(one, x.shape())));
    CHECK(allclose(where(y == 0, 2 / 0.75, y), full(x.shape(), 2 / 0.75, dtype), 1e-6));
    CHECK(mean(y).item() == Approx(2).margin(0.1));
    y.sum().backward();
    CHECK(allclose(x.grad() * 2, y.detach(), 1e-6));
  }
  const Tensor broken = full({3, 4}, std::numeric_limits<double>::infinity());
  set_random_seed(1);
  const Tensor y = dropout(broken, 0.5, {3, 1});
  CHECK(all(logical_or(y == 0, y == broken)).item<bool>());
  // Whole elements as ever, and a shape that is not x's.
  set_random_seed(9);
  const Tensor first = dropout(ones({7, 3}), 0.5);
  set_random_seed(9);
  CHECK(array_equal(dropout(ones({7, 3}), 0.5, {7, 3}), first));
  CHECK_THROWS_WITH(dropout(ones({7, 3}), 0.5, {7, 2}), Contains("dropout: ") && Contains("[7, 2]"));
  CHECK_THROWS_WITH(dropout(ones({3}), 0.5, {2, 3}),
                    "dropout: expected a noise_shape that broadcasts to x [3], given [2, 3]");
  CHECK_THROWS_AS(dropout(ones({3}), 1, {3}), ValueError);
}

TEST_CASE("Gaussian noise is added, and that of dropout multiplied, with the variance asked for") {
  for (const DType dtype : {float32, float64}) {
    set_random_seed(5);
    const Tensor x = full({300, 401}, 3, dtype).set_requires_grad();
    const Tensor noisy = gaussian_noise(x, 0.5), scaled = gaussian_dropout(x, 0.2);
    CHECK(noisy.dtype() == dtype);
    CHECK(mean(noisy).item() == Approx(3).margin(0.01));
    CHECK(std::sqrt(var(noisy).item()) == Approx(0.5).epsilon(0.01));
    CHECK(mean(scaled).item() == Approx(3).margin(0.03));
    // rate / (1 - rate) = 0.25.
    CHECK(std::sqrt(var(scaled).item()) == Approx(3 * 0.5).epsilon(0.01));
    CHECK(array_equal(grad(noisy.sum(), x), ones(x.shape(), dtype)));
    CHECK(allclose(grad(scaled.sum(), x) * 3, scaled.detach(), 1e-5));
  }
  CHECK_THROWS_AS(gaussian_noise(ones({2}), -1), ValueError);
  CHECK_THROWS_AS(gaussian_noise(ones({2}), NAN), ValueError);
  CHECK_THROWS_AS(gaussian_dropout(ones({2}), 1), ValueError);
  CHECK(gaussian_noise(ones({2}, int32), 1).dtype() == float64);
}

TEST_CASE("alpha dropout keeps mean 0 and variance 1") {
  for (const double rate : {0.1, 0.5}) {
    set_random_seed(6);
    const Tensor x = randn({300, 401}, float64).set_requires_grad();
    const Tensor y = alpha_dropout(x, rate);
    CHECK(mean(y).item() == Approx(0).margin(0.02));
    CHECK(var(y).item() == Approx(1).epsilon(0.02));
    // Two kinds of elements: a x + b, and the lowest value scaled likewise.
    const double a = 1 / std::sqrt((1 - rate) * (1 + rate * lowest * lowest)), b = -a * lowest * rate;
    const Tensor dropped = abs(y - (a * lowest + b)) < 1e-12;
    CHECK(mean(dropped.astype(float64)).item() == Approx(rate).margin(0.01));
    CHECK(allclose(where(dropped, 0, y), where(dropped, 0, x * a + b), 1e-12));
    CHECK(allclose(grad(y.sum(), x), where(dropped, 0, full(x.shape(), a, float64)), 1e-12));
  }
  set_random_seed(7);
  const Tensor y = alpha_dropout(ones({30, 5, 20}), 0.4, {30, 1, 20});
  CHECK(array_equal(y, broadcast_to(y.slice(1, {0, 1}), y.shape())));
  CHECK(var(y).item() > 0);
  CHECK_THROWS_AS(alpha_dropout(ones({2}), -0.1), ValueError);
  CHECK_THROWS_AS(alpha_dropout(ones({2, 3}), 0.1, {3, 1}), ShapeError);
}

TEST_CASE("noise differs between examples where it is asked to, and a program draws anew") {
  set_random_seed(2);
  const auto noise = [](const Tensor& x) { return gaussian_noise(x, 1); };
  const Tensor x = zeros({4, 3});
  const Tensor same = vmap(noise, {.randomness = Randomness::same})(x);
  const Tensor different = vmap(noise, {.randomness = Randomness::different})(x);
  CHECK(array_equal(same[0], same[3]));
  CHECK_FALSE(array_equal(different[0], different[3]));
}

}  // namespace xtape::test
