#pragma once

#include <cmath>
#include <type_traits>

// The functions that formulas call without qualification, for scalars. SIMD vectors and Tensors bring
// their own, found by argument-dependent lookup.
namespace xtape::formulas {

using std::abs;
using std::ceil;
using std::cos;
using std::erf;
using std::exp;
using std::expm1;
using std::floor;
using std::log;
using std::log1p;
using std::pow;
using std::rint;
using std::sin;
using std::sqrt;
using std::tanh;

template <class A, class B>
std::common_type_t<A, B> where(bool condition, A a, B b) {
  return condition ? a : b;
}

// x limited to [low, high]; NaN stays NaN.
template <class T>
T clip(const T& x, double low, double high) {
  return where(x < low, low, where(x > high, high, x));
}

// The gradient that a piecewise constant function passes on: 0, of infinity too; NaN stays NaN.
template <class T>
T without_slope(const T& g) {
  return where(g == g, 0, g);
}

// Where a function has no slope, or an infinite one, and nobody asks for its gradient g, as where it is a branch not
// taken, 0 stays 0 instead of becoming NaN. These replace a slope by 0, and a divisor by 1, there and only there; not
// the product, whose own derivatives would be NaN.
template <class T>
T slope_for(const T& g, const T& slope) {
  return where(abs(slope) < HUGE_VAL, slope, where(g == 0, 0, slope));
}
template <class T>
T divisor_for(const T& g, const T& divisor) {
  return where(abs(divisor) > 0, divisor, where(g == 0, 1, divisor));
}

// Integer powers by squaring, modulo 2^64 as NumPy's; the exponent is not negative.
template <class T>
requires std::is_integral_v<T> T pow(T base, T exponent) {
  unsigned long long power = 1, factor = static_cast<unsigned long long>(base);
  for (; exponent > 0; exponent = static_cast<T>(exponent >> 1)) {
    if (exponent & 1) power *= factor;
    factor *= factor;
  }
  return static_cast<T>(power);
}

// What the derivative of a unary formula reads besides the incoming gradient.
enum class Saves { nothing, input, output };

constexpr bool saves_input(Saves saves) { return saves == Saves::input; }
constexpr bool saves_output(Saves saves) { return saves == Saves::output; }

}  // namespace xtape::formulas
