#include <cmath>
#include <limits>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/preprocessing/standard_scaler.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("StandardScaler brings columns to mean 0 and variance 1, and back") {
  const Tensor x = randn({50, 3}) * tensor({1.0, 100.0, 0.01}) + tensor({5.0, -3.0, 0.0});
  preprocessing::StandardScaler scaler;
  const Tensor z = scaler.fit_transform(x);
  CHECK(z.dtype() == float32);
  CHECK(allclose(mean(z, 0), zeros({3}), 0, 1e-5));
  CHECK(allclose(var(z, 0), ones({3}), 1e-4));
  CHECK(allclose(scaler.inverse_transform(z), x, 1e-4, 1e-4));
}

TEST_CASE("StandardScaler keeps the digits of columns far from 0, very large and very small") {
  preprocessing::StandardScaler scaler;
  const Tensor seconds = tensor({{1700000000}, {1700000001}, {1700000002}});
  const Tensor expected = tensor({{-std::sqrt(1.5)}, {0.0}, {std::sqrt(1.5)}});
  CHECK(allclose(scaler.fit_transform(seconds), expected));
  const Tensor unit = tensor({{-1.0}, {0.0}, {1.0}});
  for (const double size : {1e30, 1e-30}) CHECK(allclose(scaler.fit_transform(unit * size), expected));
  for (const double size : {1e300, 1e-300}) {
    const Tensor z = scaler.fit_transform(unit.astype(float64) * size);
    CHECK(allclose(z, expected));
    CHECK(allclose(scaler.inverse_transform(z), unit.astype(float64) * size, 1e-7, 0));
  }
}

TEST_CASE("a constant column is left unscaled") {
  preprocessing::StandardScaler scaler;
  const Tensor z = scaler.fit_transform(tensor({{0.1, 1.0}, {0.1, 3.0}, {0.1, 5.0}}));
  CHECK(scaler.scale()[0].item() == 1);
  CHECK(array_equal(z.select(1, 0), zeros({3})));
}

TEST_CASE("StandardScaler refuses what it cannot scale") {
  preprocessing::StandardScaler scaler;
  CHECK_THROWS_MATCHES(scaler.transform(ones({2, 3})), ValueError,
                       Message("StandardScaler: transform: call fit first"));
  CHECK_THROWS_AS(scaler.fit(ones({0, 3})), ValueError);
  CHECK_THROWS_AS(scaler.fit(ones({3})), ShapeError);
  CHECK_THROWS_AS(scaler.fit(full({2, 2}, std::numeric_limits<double>::quiet_NaN())), ValueError);
  scaler.fit(tensor({{1, 2}, {3, 4}}));
  CHECK(scaler.mean().dtype() == float32);
  CHECK_THROWS_MATCHES(scaler.transform(ones({2, 3})), ShapeError,
                       Message("StandardScaler: transform: fitted to columns of shape [2], given x [2, 3]"));
}
