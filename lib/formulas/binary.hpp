#pragma once

#include "formulas/functions.hpp"

// Values of two arguments. T is a scalar (integers and bool too, except for Div) or a SIMD vector.
namespace xtape::formulas {

struct Add {
  static constexpr const char* name = "add";
  template <class T>
  static T value(const T& a, const T& b) {
    return a + b;
  }
};

struct Sub {
  static constexpr const char* name = "subtract";
  template <class T>
  static T value(const T& a, const T& b) {
    return a - b;
  }
};

struct Mul {
  static constexpr const char* name = "multiply";
  template <class T>
  static T value(const T& a, const T& b) {
    return a * b;
  }
};

struct Div {
  static constexpr const char* name = "divide";
  template <class T>
  static T value(const T& a, const T& b) {
    return a / b;
  }
};

struct Pow {
  static constexpr const char* name = "power";
  template <class T>
  static T value(const T& a, const T& b) {
    return pow(a, b);
  }
};

// Minimum and Maximum: NaN if either argument is.
struct Minimum {
  static constexpr const char* name = "minimum";
  template <class T>
  static T value(const T& a, const T& b) {
    return where(a < b, a, where(a == a, b, a));
  }
};

struct Maximum {
  static constexpr const char* name = "maximum";
  template <class T>
  static T value(const T& a, const T& b) {
    return where(a > b, a, where(a == a, b, a));
  }
};

struct Less {
  static constexpr const char* name = "less";
  template <class T>
  [[gnu::always_inline]] static bool value(T a, T b) {
    return a < b;
  }
};

struct LessEqual {
  static constexpr const char* name = "less_equal";
  template <class T>
  [[gnu::always_inline]] static bool value(T a, T b) {
    return a <= b;
  }
};

struct Greater {
  static constexpr const char* name = "greater";
  template <class T>
  [[gnu::always_inline]] static bool value(T a, T b) {
    return a > b;
  }
};

struct GreaterEqual {
  static constexpr const char* name = "greater_equal";
  template <class T>
  [[gnu::always_inline]] static bool value(T a, T b) {
    return a >= b;
  }
};

struct Equal {
  static constexpr const char* name = "equal";
  template <class T>
  [[gnu::always_inline]] static bool value(T a, T b) {
    return a == b;
  }
};

struct NotEqual {
  static constexpr const char* name = "not_equal";
  template <class T>
  [[gnu::always_inline]] static bool value(T a, T b) {
    return a != b;
  }
};

}  // namespace xtape::formulas
