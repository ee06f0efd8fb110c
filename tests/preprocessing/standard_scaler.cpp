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
