#pragma once

#include "formulas/functions.hpp"

// A unary formula: the value y of x, and the gradient of x, given g, the gradient of y.
// T is a scalar, a SIMD vector or a Tensor. Arguments that `saves` does not name are not to be read.
namespace xtape::formulas {

struct Neg {
  static constexpr const char* name = "negative";
  static constexpr Saves saves = Saves::nothing;
  template <class T>
  static T value(const T& x) {
    return -x;
  }
  template <class T>
  static T vjp(const T& g, const T&, const T&) {
    return -g;
  }
};

struct Sign {
  static constexpr const char* name = "sign";
  static constexpr Saves saves = Saves::nothing;
  template <class T>
  static T value(const T& x) {
    return where(x > 0, 1, where(x < 0, -1, x));
  }
  template <class T>
  static T vjp(const T& g, const T&, const T&) {
    return without_slope(g);
  }
};

struct Abs {
  static constexpr const char* name = "abs";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return abs(x);
  }
  // The derivative at 0 is 0, and NaN where x is.
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return where(x > 0, g, where(x < 0, -g, x * 0));
  }
};

struct Square {
  static constexpr const char* name = "square";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return x * x;
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return g * (x + x);
  }
};

struct Reciprocal {
  static constexpr const char* name = "reciprocal";
  static constexpr Saves saves = Saves::output;
  template <class T>
  static T value(const T& x) {
    return 1 / x;
  }
  template <class T>
  static T vjp(const T& g, const T&, const T& y) {
    const T slope = slope_for(g, y);
    return -(g * slope * slope);
  }
};

struct Sqrt {
  static constexpr const char* name = "sqrt";
  static constexpr Saves saves = Saves::output;
  template <class T>
  static T value(const T& x) {
    return sqrt(x);
  }
  template <class T>
  static T vjp(const T& g, const T&, const T& y) {
    return g / divisor_for(g, y + y);
  }
};

struct Rsqrt {
  static constexpr const char* name = "rsqrt";
  static constexpr Saves saves = Saves::output;
  template <class T>
  static T value(const T& x) {
    return 1 / sqrt(x);
  }
  template <class T>
  static T vjp(const T& g, const T&, const T& y) {
    const T slope = slope_for(g, y);
    return g * -0.5 * slope * slope * slope;
  }
};

struct PowScalar {
  static constexpr const char* name = "power";
  static constexpr Saves saves = Saves::input;
  double exponent = 2;
  template <class T>
  T value(const T& x) const {
    return pow(x, exponent);
  }
  template <class T>
  T vjp(const T& g, const T& x, const T&) const {
    if (exponent == 0) return without_slope(g);
    return g * exponent * slope_for(g, pow(x, exponent - 1));
  }
};

struct Clip {
  static constexpr const char* name = "clip";
  static constexpr Saves saves = Saves::input;
  double lo = 0;
  double hi = 1;
  template <class T>
  T value(const T& x) const {
    return clip(x, lo, hi);
  }
  // The derivative at lo and at hi is 1.
  template <class T>
  T vjp(const T& g, const T& x, const T&) const {
    return where(x < lo, 0, where(x > hi, 0, g));
  }
};

}  // namespace xtape::formulas
