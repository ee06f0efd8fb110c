#include <cmath>
#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

namespace xtape::test {
namespace {

using namespace constraints;

Tensor norms(const Tensor& weight, const Axes& axes) { return sqrt(sum(square(weight), axes, true)); }

}  // namespace

TEST_CASE("MaxNorm shortens what is too long and leaves the rest but for epsilon") {
  const Tensor weight = tensor({{3.0, 0.3}, {4.0, 0.4}}, float64);
  const Tensor limited = MaxNorm({.max_value = 1})(weight);
  CHECK(allclose(limited, tensor({{0.6, 0.3}, {0.8, 0.4}}, float64), 1e-6));
  CHECK(allclose(norms(MaxNorm({.max_value = 0.25, .axis = {0, 1, 2}})(sample({3, 3, 2, 4})), {0, 1, 2}),
                 full({1, 1, 1, 4}, 0.25, float64), 1e-6));
  CHECK(array_equal(MaxNorm()(zeros({2, 2})), zeros({2, 2})));
}

TEST_CASE("NonNeg cuts at zero, UnitNorm scales to length one, MinMaxNorm into an interval") {
  CHECK(array_equal(NonNeg()(tensor({-1.0, 0.0, 2.0})), tensor({0.0, 0.0, 2.0})));
  const Tensor weight = sample({3, 4});
  CHECK(allclose(norms(UnitNorm(1)(weight), 1), ones({3, 1}, float64), 1e-6));
  const Tensor short_one = tensor({{0.03}, {0.04}}, float64);
  CHECK(allclose(norms(MinMaxNorm({.min_value = 0.5})(short_one), 0), full({1, 1}, 0.5, float64), 1e-5));
  CHECK(allclose(norms(MinMaxNorm({.min_value = 0.5, .rate = 0.5})(short_one), 0), full({1, 1}, 0.275, float64), 1e-5));
  CHECK(allclose(MinMaxNorm({.max_value = 100})(weight), weight, 1e-6));
  CHECK(MinMaxNorm()(weight.astype(float32)).dtype() == float32);
}

TEST_CASE("constraints have names and refuse numbers without meaning") {
  const Tensor weight = sample({3, 4});
  CHECK(array_equal((*Constraint::from_name("max_norm"))(weight), MaxNorm({.max_value = 2, .axis = 0})(weight)));
  CHECK(array_equal((*Constraint::from_name("NonNeg"))(weight), NonNeg()(weight)));
  CHECK(array_equal((*Constraint::from_name("unit_norm"))(weight), UnitNorm(0)(weight)));
  CHECK(array_equal((*Constraint::from_name("min_max_norm"))(weight),
                    MinMaxNorm({.min_value = 0, .max_value = 1, .rate = 1, .axis = 0})(weight)));
  CHECK_THROWS_WITH(Constraint::from_name("maxnorm"), Contains("unknown constraint") && Contains("\"max_norm\""));
  CHECK_THROWS_AS(MaxNorm({.max_value = -1}), ValueError);
  CHECK_THROWS_AS(MaxNorm({.max_value = std::numeric_limits<double>::infinity()}), ValueError);
  CHECK_THROWS_AS(MinMaxNorm({.min_value = 2, .max_value = 1}), ValueError);
  CHECK_THROWS_AS(MinMaxNorm({.min_value = -1}), ValueError);
  CHECK_THROWS_AS(MinMaxNorm({.rate = 1.5}), ValueError);
  CHECK_THROWS_AS(UnitNorm(2)(weight), IndexError);
}

}  // namespace xtape::test
