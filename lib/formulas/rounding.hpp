#pragma once

#include "formulas/functions.hpp"

// Piecewise constant: the derivative is 0 everywhere.
namespace xtape::formulas {

struct Floor {
  static constexpr const char* name = "floor";
  static constexpr Saves saves = Saves::nothing;
  template <class T>
  static T value(const T& x) {
    return floor(x);
  }
  template <class T>
  static T vjp(const T& g, const T&, const T&) {
    return without_slope(g);
  }
};

struct Ceil {
  static constexpr const char* name = "ceil";
  static constexpr Saves saves = Saves::nothing;
  template <class T>
  static T value(const T& x) {
    return ceil(x);
  }
  template <class T>
  static T vjp(const T& g, const T&, const T&) {
    return without_slope(g);
  }
};

// Halves go to the even neighbour, as in NumPy.
struct Round {
  static constexpr const char* name = "round";
  static constexpr Saves saves = Saves::nothing;
  template <class T>
  static T value(const T& x) {
    return rint(x);
  }
  template <class T>
  static T vjp(const T& g, const T&, const T&) {
    return without_slope(g);
  }
};

}  // namespace xtape::formulas
