#include <cmath>
#include <xtape/error.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/initializers/orthogonal.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/initializers/variance_scaling.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("initializers of each name have the variance that Keras gives them") {
  set_random_seed(1);
  struct Case {
    const char* name;
    double variance;
  };
  // A convolution kernel: 9 * 20 inputs, 9 * 30 outputs.
  const Shape shape = {3, 3, 20, 30};
  for (const auto& [name, variance] :
       {Case{"glorot_uniform", 2.0 / 450}, Case{"glorot_normal", 2.0 / 450}, Case{"he_uniform", 2.0 / 180},
        Case{"he_normal", 2.0 / 180}, Case{"lecun_uniform", 1.0 / 180}, Case{"LecunNormal", 1.0 / 180},
        Case{"variance_scaling", 1.0 / 180}, Case{"random_normal", 0.0025}, Case{"uniform", 0.01 / 12},
        Case{"truncated_normal", 0.0025 * 0.7737}}) {
    INFO(name);
    const Tensor values = (*initializers::Initializer::from_name(name))(shape, float64);
    CHECK(values.shape() == shape);
    CHECK(mean(values).item() == Approx(0).margin(0.06 * std::sqrt(variance)));
    CHECK(var(values).item() == Approx(variance).epsilon(0.06));
  }
}

TEST_CASE("constants") {
  CHECK(array_equal(initializers::Zeros()({2}), zeros({2})));
  CHECK(array_equal(initializers::Ones()({2}), ones({2})));
  CHECK(array_equal(initializers::Constant(3)({2}, float64), full({2}, 3, float64)));
}

TEST_CASE("a truncated normal ends at two deviations") {
  const Tensor values = initializers::TruncatedNormal({.mean = 1, .stddev = 2})({5000});
  CHECK(max(values).item() <= 5);
  CHECK(min(values).item() >= -3);
}

TEST_CASE("Orthogonal gives orthonormal rows or columns") {
  const Tensor wide = initializers::Orthogonal()({4, 9}, float64);
  CHECK(allclose(matmul(wide, wide.transpose()), eye(4, -1, float64), 0, 1e-12));
  const Tensor tall = initializers::Orthogonal({.gain = 2})({9, 4}, float64);
  CHECK(allclose(matmul(tall.transpose(), tall), full({4, 4}, 4, float64) * eye(4, -1, float64), 0, 1e-12));
  CHECK(initializers::Orthogonal()({3, 3, 2, 5}).shape() == Shape{3, 3, 2, 5});
  CHECK_THROWS_AS(initializers::Orthogonal()({4}), ShapeError);
}

TEST_CASE("a seed gives the same values on each call, and leaves the global generator alone") {
  const initializers::GlorotUniform seeded({.seed = 7});
  set_random_seed(1);
  const Tensor first = seeded({4, 4});
  const Tensor drawn = rand({3});
  set_random_seed(1);
  CHECK(array_equal(drawn, rand({3})));
  CHECK(array_equal(first, seeded({4, 4})));
  const initializers::GlorotUniform unseeded;
  CHECK_FALSE(array_equal(unseeded({4, 4}), unseeded({4, 4})));
}

TEST_CASE("bad settings are refused") {
  CHECK_THROWS_AS(initializers::VarianceScaling({.scale = 0}), ValueError);
  CHECK_THROWS_AS(initializers::VarianceScaling({.scale = INFINITY}), ValueError);
  CHECK_THROWS_MATCHES(initializers::RandomNormal({.stddev = -1}), ValueError,
                       Message("RandomNormal: stddev must be finite and not negative, given -1.0"));
  CHECK_THROWS_AS(initializers::TruncatedNormal({.mean = NAN}), ValueError);
  CHECK_THROWS_MATCHES(initializers::RandomUniform({.minval = 1, .maxval = 0}), ValueError,
                       Message("RandomUniform: maxval - minval must be finite and not negative, given -1.0"));
  CHECK_THROWS_AS(initializers::RandomUniform({.minval = -1e308, .maxval = 1e308}), ValueError);
  CHECK_THROWS_AS(initializers::draw_with_seed(1, nullptr), ValueError);
  CHECK_THROWS_WITH(initializers::VarianceScaling({.mode = "fan"}),
                    Contains("unknown mode of VarianceScaling \"fan\""));
}
