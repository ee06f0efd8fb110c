#pragma once

#include "formulas/functions.hpp"

namespace xtape::formulas {

struct Exp {
  static constexpr const char* name = "exp";
  static constexpr bool one_pass = true;
  static constexpr Saves saves = Saves::output;
  template <class T>
  static T value(const T& x) {
    return exp(x);
  }
  template <class T>
  static T vjp(const T& g, const T&, const T& y) {
    return g * y;
  }
};

struct Expm1 {
  static constexpr const char* name = "expm1";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return expm1(x);
  }
  // Not by the value, to which 1 would be added: little would be left of a small derivative.
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return g * exp(x);
  }
};

struct Log {
  static constexpr const char* name = "log";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return log(x);
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return g / divisor_for(g, x);
  }
};

struct Log1p {
  static constexpr const char* name = "log1p";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return log1p(x);
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return g / divisor_for(g, x + 1);
  }
};

struct Erf {
  static constexpr const char* name = "erf";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return erf(x);
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T bounded = clip(x, -40, 40);                         // exp(-x^2) is 0 there
    return g * 1.1283791670955126 * exp(-(bounded * bounded));  // 2 / sqrt(pi)
  }
};

}  // namespace xtape::formulas
