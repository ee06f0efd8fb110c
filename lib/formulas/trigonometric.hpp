#pragma once

#include "formulas/functions.hpp"

namespace xtape::formulas {

struct Sin {
  static constexpr const char* name = "sin";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return sin(x);
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return g * cos(x);
  }
};

struct Cos {
  static constexpr const char* name = "cos";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return cos(x);
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return -(g * sin(x));
  }
};

}  // namespace xtape::formulas
