#include <cmath>
#include <vector>
#include <xtape/dual.hpp>

#include "catch.hpp"
#include "formulas/list.hpp"

namespace formulas = xtape::formulas;

namespace xtape {

// The name that formulas know.
Dual<double> rint(Dual<double> x) { return round(x); }

}  // namespace xtape

namespace {

// The formula's own derivative against that of its value.
template <class Formula>
void compare(const Formula& formula, const std::vector<double>& points) {
  for (double x : points) {
    INFO(Formula::name << " at " << x);
    const xtape::Dual<double> forward = formula.value(xtape::Dual<double>(x, 1));
    const double y = formula.value(x);
    CHECK(forward.value == Approx(y).epsilon(1e-14));
    for (double g : {1.0, -0.75}) {
      const double scale = std::max(1.0, std::abs(forward.derivative));
      CHECK(std::abs(formula.vjp(g, x, y) - g * forward.derivative) <= 1e-12 * scale);
    }
  }
}

const std::vector<double> anywhere = {-7.5, -3.1, -1.2, -0.4, -1e-3, 1e-3, 0.3, 0.9, 1.6, 2.7, 6.5};
const std::vector<double> positive = {1e-3, 0.2, 0.9, 1.1, 3.4, 20, 500};

}  // namespace

#define XTAPE_COMPARE(Formula) compare(formulas::Formula{}, anywhere);

TEST_CASE("reverse derivatives of formulas defined everywhere equal the forward ones") {
  XTAPE_ROUNDING_FORMULAS(XTAPE_COMPARE)
  XTAPE_TRIGONOMETRIC_FORMULAS(XTAPE_COMPARE)
  XTAPE_ACTIVATION_FORMULAS(XTAPE_COMPARE)
  compare(formulas::Neg{}, anywhere);
  compare(formulas::Sign{}, anywhere);
  compare(formulas::Abs{}, anywhere);
  compare(formulas::Square{}, anywhere);
  compare(formulas::Reciprocal{}, anywhere);
  compare(formulas::Clip{-1, 1.5}, anywhere);
  compare(formulas::Exp{}, anywhere);
  compare(formulas::Expm1{}, anywhere);
  compare(formulas::Erf{}, anywhere);
  compare(formulas::LeakyRelu{0.3}, anywhere);
  compare(formulas::Elu{0.7}, anywhere);
  compare(formulas::Celu{0.6}, anywhere);
  compare(formulas::Squareplus{0.5}, anywhere);
  compare(formulas::Threshold{0.5, 7}, anywhere);
  compare(formulas::HardShrink{1}, anywhere);
  compare(formulas::SoftShrink{2}, anywhere);
  for (double exponent : {0.0, 1.0, 2.0, 3.0, -2.0}) compare(formulas::PowScalar{exponent}, anywhere);
}

TEST_CASE("reverse derivatives of formulas of positive numbers equal the forward ones") {
  compare(formulas::Sqrt{}, positive);
  compare(formulas::Rsqrt{}, positive);
  compare(formulas::Log{}, positive);
  compare(formulas::Log1p{}, positive);
  for (double exponent : {0.5, -0.5, 2.25}) compare(formulas::PowScalar{exponent}, positive);
}
