#pragma once

#include "formulas/functions.hpp"

// Derivatives at a kink follow Keras: the one from the left (ELU, leaky ReLU: the slope of the negative side).
namespace xtape::formulas {

struct Identity {
  static constexpr const char* name = "linear";
  static constexpr Saves saves = Saves::nothing;
  template <class T>
  static T value(const T& x) {
    return x;
  }
  template <class T>
  static T vjp(const T& g, const T&, const T&) {
    return g;
  }
};

struct Tanh {
  static constexpr const char* name = "tanh";
  static constexpr Saves saves = Saves::output;
  template <class T>
  static T value(const T& x) {
    return tanh(x);
  }
  template <class T>
  static T vjp(const T& g, const T&, const T& y) {
    return g * (1 - y * y);
  }
};

struct Sigmoid {
  static constexpr const char* name = "sigmoid";
  static constexpr Saves saves = Saves::output;
  // exp(-x) may overflow to infinity; the value is then 0, as it should be.
  template <class T>
  static T value(const T& x) {
    return 1 / (1 + exp(-x));
  }
  template <class T>
  static T vjp(const T& g, const T&, const T& y) {
    return g * y * (1 - y);
  }
};

struct Relu {
  static constexpr const char* name = "relu";
  static constexpr Saves saves = Saves::output;
  template <class T>
  static T value(const T& x) {
    return where(x <= 0, 0, x);
  }
  template <class T>
  static T vjp(const T& g, const T&, const T& y) {
    return where(y <= 0, 0, g);
  }
};

struct LeakyRelu {
  static constexpr const char* name = "leaky_relu";
  static constexpr Saves saves = Saves::input;
  double slope = 0.2;
  template <class T>
  T value(const T& x) const {
    return where(x > 0, x, x * slope);
  }
  template <class T>
  T vjp(const T& g, const T& x, const T&) const {
    return where(x > 0, g, g * slope);
  }
};

struct Elu {
  static constexpr const char* name = "elu";
  static constexpr Saves saves = Saves::both;
  double alpha = 1;
  template <class T>
  T value(const T& x) const {
    return where(x > 0, x, expm1(x) * alpha);
  }
  template <class T>
  T vjp(const T& g, const T& x, const T& y) const {
    return where(x > 0, g, g * (y + alpha));
  }
};

struct Softplus {
  static constexpr const char* name = "softplus";
  static constexpr Saves saves = Saves::input;
  // log(1 + exp(x)) without overflow.
  template <class T>
  static T value(const T& x) {
    return where(x < 0, 0, x) + log1p(exp(-abs(x)));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return g / (1 + exp(-x));
  }
};

struct Silu {
  static constexpr const char* name = "silu";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return x / (1 + exp(-x));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T s = 1 / (1 + exp(-x));
    return g * (s * (1 + x * (1 - s)));
  }
};

// x * P(X <= x) for a standard normal X.
struct Gelu {
  static constexpr const char* name = "gelu";
  static constexpr Saves saves = Saves::input;
  static constexpr double sqrt_half = 0.70710678118654752;
  template <class T>
  static T value(const T& x) {
    const T half = x * 0.5;
    return half + half * erf(x * sqrt_half);
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T density = exp(x * x * -0.5) * 0.3989422804014327;  // 1 / sqrt(2 pi)
    return g * ((1 + erf(x * sqrt_half)) * 0.5 + x * density);
  }
};

// 0.5 x (1 + tanh(u)), u = sqrt(2 / pi) (x + 0.044715 x^3), written as x sigmoid(2 u).
struct GeluTanh {
  static constexpr const char* name = "gelu_tanh";
  static constexpr Saves saves = Saves::input;
  static constexpr double scale = 1.5957691216057308;  // 2 sqrt(2 / pi)
  static constexpr double cubic = 0.044715;
  template <class T>
  static T value(const T& x) {
    return x / (1 + exp(x * (1 + x * x * cubic) * -scale));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T square = x * x;
    const T s = 1 / (1 + exp(x * (1 + square * cubic) * -scale));
    return g * (s + x * s * (1 - s) * ((1 + square * (3 * cubic)) * scale));
  }
};

}  // namespace xtape::formulas
