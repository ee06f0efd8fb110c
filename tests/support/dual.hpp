#pragma once

#include <cmath>
#include <numbers>

namespace xtape::test {

/// A value and its derivative, carried through a formula together (forward mode).
struct Dual {
  double value = 0;
  double derivative = 0;

  Dual() = default;
  Dual(double constant) : value(constant) {}
  Dual(double v, double d) : value(v), derivative(d) {}
};

inline Dual operator-(Dual x) { return {-x.value, -x.derivative}; }
inline Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.derivative + b.derivative}; }
inline Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.derivative - b.derivative}; }
inline Dual operator*(Dual a, Dual b) { return {a.value * b.value, a.derivative * b.value + a.value * b.derivative}; }
inline Dual operator/(Dual a, Dual b) {
  return {a.value / b.value, (a.derivative - a.value / b.value * b.derivative) / b.value};
}
inline bool operator<(Dual a, Dual b) { return a.value < b.value; }
inline bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
inline bool operator>(Dual a, Dual b) { return a.value > b.value; }
inline bool operator>=(Dual a, Dual b) { return a.value >= b.value; }
inline bool operator==(Dual a, Dual b) { return a.value == b.value; }
inline bool operator!=(Dual a, Dual b) { return a.value != b.value; }

inline Dual where(bool condition, Dual a, Dual b) { return condition ? a : b; }
inline Dual abs(Dual x) { return x.value < 0 ? -x : x; }
inline Dual floor(Dual x) { return std::floor(x.value); }
inline Dual ceil(Dual x) { return std::ceil(x.value); }
inline Dual rint(Dual x) { return std::rint(x.value); }
inline Dual exp(Dual x) { return {std::exp(x.value), x.derivative * std::exp(x.value)}; }
inline Dual expm1(Dual x) { return {std::expm1(x.value), x.derivative * std::exp(x.value)}; }
inline Dual log(Dual x) { return {std::log(x.value), x.derivative / x.value}; }
inline Dual log1p(Dual x) { return {std::log1p(x.value), x.derivative / (1 + x.value)}; }
inline Dual sqrt(Dual x) { return {std::sqrt(x.value), x.derivative / (2 * std::sqrt(x.value))}; }
inline Dual sin(Dual x) { return {std::sin(x.value), x.derivative * std::cos(x.value)}; }
inline Dual cos(Dual x) { return {std::cos(x.value), -x.derivative * std::sin(x.value)}; }
inline Dual tanh(Dual x) {
  const double c = std::cosh(x.value);
  return {std::tanh(x.value), x.derivative / (c * c)};
}
inline Dual erf(Dual x) {
  return {std::erf(x.value), x.derivative * 2 * std::numbers::inv_sqrtpi * std::exp(-x.value * x.value)};
}
inline Dual pow(Dual x, Dual constant) {
  return {std::pow(x.value, constant.value), x.derivative * constant.value * std::pow(x.value, constant.value - 1)};
}

}  // namespace xtape::test
