#include "kernels/elementwise/elementwise.hpp"

#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "kernels/reference.hpp"

using namespace xtape;
using testing::ulps;

namespace {

// The largest error of value(x) in ulp, by the same formula in double for float, and in long double for double.
template <class Formula, class T>
double worst_error(const Formula& formula, const std::vector<T>& x) {
  using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;
  std::vector<T> y(x.size());
  kernels::unary(formula, x.data(), y.data(), static_cast<int64_t>(x.size()));
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i)
    worst = std::max(worst, ulps(y[i], static_cast<double>(formula.value(static_cast<Wide>(x[i])))));
  return worst;
}

template <class T>
std::vector<T> points(double low, double high) {
  std::vector<T> x = testing::random_vector<T>(20000, low, high);
  const std::vector<T> exponents = testing::random_vector<T>(5000, -40, 2, 2);
  for (size_t i = 0; i < exponents.size(); ++i) {
    const T tiny = std::exp2(exponents[i]);
    x.push_back(low < 0 && i % 2 ? -tiny : tiny);
  }
  return x;
}

template <class Formula, class T>
void check_vjp(const Formula& formula) {
  for (const int64_t n : testing::lengths) {
    INFO(Formula::name << ", length " << n);
    const std::vector<T> x = testing::random_vector<T>(n, 0.1, 2.5), g = testing::random_vector<T>(n, -2, 2, 3);
    std::vector<T> y(x.size()), out = g;
    kernels::unary(formula, x.data(), y.data(), n);
    kernels::unary_vjp(formula, out.data(), formulas::saves_input(Formula::saves) ? x.data() : nullptr,
                       formulas::saves_output(Formula::saves) ? y.data() : nullptr, out.data(), n);
    double worst = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double reference = formula.vjp(double{g[i]}, double{x[i]}, double{y[i]});
      const double scale = std::max({std::abs(double{g[i]}), std::abs(reference), 1e-30});
      worst = std::max(worst, std::abs(out[i] - reference) / scale);
    }
    CHECK(worst <= 16 * std::numeric_limits<T>::epsilon());
  }
}

}  // namespace

TEMPLATE_TEST_CASE("elementwise functions are accurate to a few ulp", "[kernels]", float, double) {
  using namespace formulas;
  const bool single = std::is_same_v<TestType, float>;
  const double largest = single ? 88.7 : 709.7;
  CHECK(worst_error(Exp{}, points<TestType>(-largest + 2, largest)) <= 2);
  CHECK(worst_error(Expm1{}, points<TestType>(-40, largest)) <= 3);
  CHECK(worst_error(Log{}, points<TestType>(0, 1e4)) <= 2);
  CHECK(worst_error(Log1p{}, points<TestType>(-0.999, 1e4)) <= 2);
  CHECK(worst_error(Erf{}, points<TestType>(-6, 6)) <= 2);
  CHECK(worst_error(Erf{}, points<TestType>(1, 1.25)) <= 2);
  CHECK(worst_error(Sin{}, points<TestType>(-100, 100)) <= 3);
  CHECK(worst_error(Cos{}, points<TestType>(-100, 100)) <= 3);
  CHECK(worst_error(Tanh{}, points<TestType>(-20, 20)) <= 3);
  CHECK(worst_error(Sigmoid{}, points<TestType>(-80, 40)) <= 5);
  CHECK(worst_error(Softplus{}, points<TestType>(-80, 80)) <= 4);
  CHECK(worst_error(Silu{}, points<TestType>(-80, 40)) <= 5);
  CHECK(worst_error(Elu{0.3}, points<TestType>(-20, 5)) <= 4);
  CHECK(worst_error(Sqrt{}, points<TestType>(0, 1e4)) <= 1);
  CHECK(worst_error(Rsqrt{}, points<TestType>(0.01, 1e4)) <= 3);
  CHECK(worst_error(PowScalar{2.5}, points<TestType>(0, 10)) <= 3);
  CHECK(worst_error(PowScalar{3}, points<TestType>(-10, 10)) <= 3);
}

TEMPLATE_TEST_CASE("exact elementwise functions are exact", "[kernels]", float, double) {
  using namespace formulas;
  const std::vector<TestType> x = points<TestType>(-100, 100);
  CHECK(worst_error(Neg{}, x) == 0);
  CHECK(worst_error(Abs{}, x) == 0);
  CHECK(worst_error(Sign{}, x) == 0);
  CHECK(worst_error(Relu{}, x) == 0);
  CHECK(worst_error(Floor{}, x) == 0);
  CHECK(worst_error(Ceil{}, x) == 0);
  CHECK(worst_error(Round{}, x) == 0);
  CHECK(worst_error(Clip{-1.5, 2}, x) == 0);
  CHECK(worst_error(Round{}, std::vector<TestType>{-2.5, -1.5, -0.5, 0.5, 1.5, 2.5}) == 0);
}

TEMPLATE_TEST_CASE("elementwise functions at the extremes", "[kernels]", float, double) {
  using namespace formulas;
  using limits = std::numeric_limits<TestType>;
  const TestType infinity = limits::infinity(), nan = limits::quiet_NaN();
  const std::vector<TestType> x = {0,
                                   TestType(-0.0),
                                   infinity,
                                   -infinity,
                                   nan,
                                   1,
                                   -1,
                                   limits::max(),
                                   limits::lowest(),
                                   limits::min(),
                                   limits::denorm_min(),
                                   -limits::denorm_min()};
  CHECK(worst_error(Exp{}, x) <= 2);
  CHECK(worst_error(Expm1{}, x) <= 2);
  CHECK(worst_error(Log{}, x) <= 2);
  CHECK(worst_error(Log1p{}, x) <= 2);
  CHECK(worst_error(Erf{}, x) <= 2);
  CHECK(worst_error(Tanh{}, x) <= 2);
  CHECK(worst_error(Sigmoid{}, x) <= 2);
  CHECK(worst_error(Softplus{}, x) <= 2);
  CHECK(worst_error(Sqrt{}, x) <= 0.5);
  CHECK(worst_error(Relu{}, x) == 0);
  CHECK(worst_error(Sign{}, x) == 0);
  CHECK(worst_error(Clip{-1, 1}, x) == 0);
  const std::vector<TestType> large = {1000, -1000, TestType(1e18), TestType(-1e18)};
  CHECK(worst_error(Silu{}, large) == 0);
  CHECK(worst_error(Gelu{}, large) == 0);
  CHECK(worst_error(GeluTanh{}, large) == 0);
  CHECK(worst_error(Elu{}, large) == 0);
}

TEMPLATE_TEST_CASE("gelu keeps its precision relative to its argument", "[kernels]", float, double) {
  const std::vector<TestType> x = points<TestType>(-8, 8);
  std::vector<TestType> y(x.size()), approximate(x.size());
  kernels::unary(formulas::Gelu{}, x.data(), y.data(), static_cast<int64_t>(x.size()));
  kernels::unary(formulas::GeluTanh{}, x.data(), approximate.data(), static_cast<int64_t>(x.size()));
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double v = x[i], tanh_form = 0.5 * v * (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
    worst = std::max(worst, std::abs(y[i] - 0.5 * v * std::erfc(-v * std::sqrt(0.5))) / std::abs(v));
    worst = std::max(worst, std::abs(approximate[i] - tanh_form) / std::abs(v));
  }
  CHECK(worst <= 8 * std::numeric_limits<TestType>::epsilon());
}

TEMPLATE_TEST_CASE("an element's result does not depend on its place", "[kernels]", float, double) {
  for (const int64_t n : testing::lengths) {
    const std::vector<TestType> x = testing::random_vector<TestType>(n, -3, 3);
    std::vector<TestType> y(x.size());
    kernels::unary(formulas::Tanh{}, x.data(), y.data(), n);
    for (size_t i = 0; i < x.size(); i += 7) {
      TestType alone = 0;
      kernels::unary(formulas::Tanh{}, &x[i], &alone, 1);
      REQUIRE(alone == y[i]);
    }
  }
}

#define XTAPE_CHECK_VJP(Formula) \
  SECTION(formulas::Formula::name) { check_vjp<formulas::Formula, TestType>({}); }
TEMPLATE_TEST_CASE("derivatives of elementwise functions", "[kernels]", float,
                   double){XTAPE_UNARY_FORMULAS(XTAPE_CHECK_VJP)}

TEST_CASE("derivatives at kinks are Keras's", "[kernels]") {
  using namespace formulas;
  CHECK(Relu::vjp(2.0, 0.0, 0.0) == 0);
  CHECK(LeakyRelu{0.2}.vjp(2.0, 0.0, 0.0) == 0.4);
  CHECK(Elu{0.3}.vjp(1.0, 0.0, 0.0) == 0.3);
  CHECK(Abs::vjp(2.0, 0.0, 0.0) == 0);
  CHECK(Clip{0, 1}.vjp(2.0, 0.0, 0.0) == 2);
}
