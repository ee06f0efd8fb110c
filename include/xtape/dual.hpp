#pragma once

#include <cmath>
#include <numbers>
#include <xtape/detail/exponential.hpp>
#include <xtape/scalar.hpp>

namespace xtape {

/// A value and its derivative, carried through a computation together (forward mode): T is float or double.
/// It knows the elementwise functions of tensors by their names; derivatives at kinks are the same too. A derivative
/// of 0 stays 0, however steep the function: what does not depend on the variable never makes it NaN.
template <class T>
struct Dual {
  T value = 0;
  T derivative = 0;

  constexpr Dual() = default;
  constexpr Dual(T number, T slope) : value(number), derivative(slope) {}
  /// A constant, so that numbers can be operands.
  template <Arithmetic Number>
  constexpr Dual(Number constant) : value(static_cast<T>(constant)) {}

  /// f(x) from its value and slope at x.value.
  static constexpr Dual chain(const Dual& x, T f, T slope) { return {f, product(x.derivative, slope)}; }

  friend constexpr Dual operator-(Dual x) { return {-x.value, -x.derivative}; }
  friend constexpr Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.derivative + b.derivative}; }
  friend constexpr Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.derivative - b.derivative}; }
  friend constexpr Dual operator*(Dual a, Dual b) {
    return {a.value * b.value, product(a.derivative, b.value) + product(b.derivative, a.value)};
  }
  friend constexpr Dual operator/(Dual a, Dual b) {
    const T quotient = a.value / b.value;
    return {quotient, product(a.derivative, 1 / b.value) - product(b.derivative, quotient / b.value)};
  }

  /// Comparisons are those of the values.
  friend constexpr bool operator<(Dual a, Dual b) { return a.value < b.value; }
  friend constexpr bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
  friend constexpr bool operator>(Dual a, Dual b) { return a.value > b.value; }
  friend constexpr bool operator>=(Dual a, Dual b) { return a.value >= b.value; }
  friend constexpr bool operator==(Dual a, Dual b) { return a.value == b.value; }
  friend constexpr bool operator!=(Dual a, Dual b) { return a.value != b.value; }
  friend constexpr Dual where(bool condition, Dual a, Dual b) { return condition ? a : b; }
  friend constexpr Dual minimum(Dual a, Dual b) { return a < b ? a : b < a ? b : shared(a, b); }
  friend constexpr Dual maximum(Dual a, Dual b) { return a > b ? a : b > a ? b : shared(a, b); }

  friend constexpr Dual square(Dual x) { return x * x; }
  friend constexpr Dual reciprocal(Dual x) { return 1 / x; }
  friend Dual sqrt(Dual x) {
    const T y = std::sqrt(x.value);
    return chain(x, y, T(0.5) / y);
  }
  friend Dual rsqrt(Dual x) {
    const T y = 1 / std::sqrt(x.value);
    return chain(x, y, T(-0.5) * y * y * y);
  }
  /// base^exponent. x^0 and 0^x are constant: their derivatives are 0.
  friend Dual pow(Dual base, Dual exponent) {
    const T y = std::pow(base.value, exponent.value);
    const T by_base = exponent.value == 0 ? T(0) : exponent.value * std::pow(base.value, exponent.value - 1);
    T derivative = product(base.derivative, by_base);
    if (exponent.derivative != 0 && base.value != 0) derivative += exponent.derivative * y * std::log(base.value);
    return {y, derivative};
  }
  friend Dual power(Dual base, Dual exponent) { return pow(base, exponent); }

  friend Dual exp(Dual x) {
    const T y = detail::exponential(x.value);
    return chain(x, y, y);
  }
  friend Dual expm1(Dual x) { return chain(x, std::expm1(x.value), detail::exponential(x.value)); }
  friend Dual log(Dual x) { return chain(x, std::log(x.value), 1 / x.value); }
  friend Dual log1p(Dual x) { return chain(x, std::log1p(x.value), 1 / (1 + x.value)); }
  friend Dual erf(Dual x) {
    return chain(x, std::erf(x.value), 2 * std::numbers::inv_sqrtpi_v<T> * detail::exponential(-x.value * x.value));
  }
  friend Dual sin(Dual x) { return chain(x, std::sin(x.value), std::cos(x.value)); }
  friend Dual cos(Dual x) { return chain(x, std::cos(x.value), -std::sin(x.value)); }
  friend Dual tanh(Dual x) {
    const T y = std::tanh(x.value);
    return chain(x, y, 1 - y * y);
  }

  friend Dual abs(Dual x) { return chain(x, std::abs(x.value), sign(x).value); }
  friend constexpr Dual sign(Dual x) { return x > 0 ? 1 : x < 0 ? -1 : x.value; }
  friend constexpr Dual clip(Dual x, double low, double high) { return x < low ? low : x > high ? high : x; }
  friend Dual floor(Dual x) { return std::floor(x.value); }
  friend Dual ceil(Dual x) { return std::ceil(x.value); }
  /// To the nearest, halves to the even one.
  friend Dual round(Dual x) { return std::nearbyint(x.value); }

  friend Dual sigmoid(Dual x) {
    const T y = 1 / (1 + detail::exponential(-x.value));
    return chain(x, y, y * (1 - y));
  }
  friend constexpr Dual hard_sigmoid(Dual x) { return x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6; }
  friend constexpr Dual relu(Dual x) { return x <= 0 ? 0 : x; }
  friend constexpr Dual relu6(Dual x) { return x <= 0 ? 0 : x >= 6 ? 6 : x; }
  friend constexpr Dual leaky_relu(Dual x, double negative_slope = 0.2) { return x > 0 ? x : x * negative_slope; }
  friend Dual elu(Dual x, double alpha = 1.0) { return x > 0 ? x : expm1(x) * alpha; }
  friend Dual softplus(Dual x) {
    const T tail = detail::exponential(-std::abs(x.value));
    return chain(x, relu(x).value + std::log1p(tail), sigmoid(x).value);
  }
  friend Dual softsign(Dual x) {
    const T r = 1 / (1 + std::abs(x.value)), bounded = clip(x, -1e30, 1e30).value;
    return chain(x, bounded / (1 + std::abs(bounded)), r * r);
  }
  friend Dual silu(Dual x) { return at_least(x, -1000) * sigmoid(x); }
  friend Dual mish(Dual x) { return at_least(x, -1000) * tanh(softplus(x)); }
  friend Dual gelu(Dual x, bool approximate = false) {
    constexpr T scale = T(2) * std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>;
    const Dual factor = at_least(x, -40), inner = clip(x, -40, 40);
    if (approximate) return factor * sigmoid((inner + inner * inner * inner * 0.044715) * scale);
    return factor * (1 + erf(inner * (std::numbers::sqrt2_v<T> / 2))) * 0.5;
  }

 private:
  // The choice is between operands, as compilers do not vectorize one between results.
  static constexpr T product(T derivative, T slope) { return derivative * (derivative == 0 ? T(0) : slope); }
  // The smaller or larger of two equal numbers, or of two of which one is NaN, when both get the whole gradient.
  static constexpr Dual shared(Dual a, Dual b) {
    const bool equal = a == b;
    return {equal ? a.value : a.value + b.value, (a.derivative + b.derivative) * (equal ? T(0.5) : T(1))};
  }
  // A function vanishes below `low`, where it is not multiplied by infinity.
  static constexpr Dual at_least(Dual x, double low) { return x < low ? low : x; }
};

}  // namespace xtape
