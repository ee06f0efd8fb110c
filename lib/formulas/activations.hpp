#pragma once

#include "formulas/functions.hpp"

// Derivatives at a kink follow Keras: the one from the left (ELU, leaky ReLU: the slope of the negative side).
//
// NaN stays NaN: branches are written so that it falls into one that keeps it, and the gradient passes where the
// argument of a piecewise linear function is NaN, as in PyTorch. Where a function has reached its limit, arguments are
// clipped before they are multiplied by what vanishes there: 0 * infinity would be NaN, in the derivatives of vjp too.
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
  static constexpr bool one_pass = true;
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
  static constexpr bool one_pass = true;
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

// Tensors bring their own, whose derivatives of any order are made of its value, which does not overflow.
template <class T>
T sigmoid(const T& x) {
  return Sigmoid::value(x);
}

struct HardSigmoid {
  static constexpr const char* name = "hard_sigmoid";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return where(x <= -3, 0, where(x >= 3, 1, (x + 3) / 6));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return where(x <= -3, 0, where(x >= 3, 0, g / 6));
  }
};

struct HardTanh {
  static constexpr const char* name = "hard_tanh";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return where(x <= -1, -1, where(x >= 1, 1, x));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return where(x <= -1, 0, where(x >= 1, 0, g));
  }
};

// x times the hard sigmoid of x. Keras's derivatives at -3 and 3 are those from inside.
struct HardSilu {
  static constexpr const char* name = "hard_silu";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    const T bounded = clip(x, -3, 3);
    return where(x < -3, 0, where(x > 3, x, bounded * (bounded + 3) / 6));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T bounded = clip(x, -3, 3);
    return where(x < -3, 0, where(x > 3, g, g * (bounded / 3 + 0.5)));
  }
};

struct HardShrink {
  static constexpr const char* name = "hard_shrink";
  static constexpr Saves saves = Saves::input;
  double threshold = 0.5;
  template <class T>
  T value(const T& x) const {
    return where(abs(x) <= threshold, 0, x);
  }
  template <class T>
  T vjp(const T& g, const T& x, const T&) const {
    return where(abs(x) <= threshold, 0, g);
  }
};

struct SoftShrink {
  static constexpr const char* name = "soft_shrink";
  static constexpr Saves saves = Saves::input;
  double threshold = 0.5;
  template <class T>
  T value(const T& x) const {
    return where(abs(x) <= threshold, 0, where(x > 0, x - threshold, x + threshold));
  }
  template <class T>
  T vjp(const T& g, const T& x, const T&) const {
    return where(abs(x) <= threshold, 0, g);
  }
};

struct TanhShrink {
  static constexpr const char* name = "tanh_shrink";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return x - tanh(x);
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T y = tanh(x);
    return g * (y * y);
  }
};

struct Threshold {
  static constexpr const char* name = "threshold";
  static constexpr Saves saves = Saves::input;
  double threshold = 0;
  double otherwise = 0;
  template <class T>
  T value(const T& x) const {
    return where(x <= threshold, otherwise, x);
  }
  template <class T>
  T vjp(const T& g, const T& x, const T&) const {
    return where(x <= threshold, 0, g);
  }
};

struct SparseSigmoid {
  static constexpr const char* name = "sparse_sigmoid";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    return where(x <= -1, 0, where(x >= 1, 1, (x + 1) * 0.5));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return where(x <= -1, 0, where(x >= 1, 0, g * 0.5));
  }
};

// The integral of the sparse sigmoid.
struct SparsePlus {
  static constexpr const char* name = "sparse_plus";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    const T half = (clip(x, -1, 1) + 1) * 0.5;
    return where(x <= -1, 0, where(x >= 1, x, half * half));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return where(x <= -1, 0, where(x >= 1, g, g * ((clip(x, -1, 1) + 1) * 0.5)));
  }
};

struct Relu {
  static constexpr const char* name = "relu";
  static constexpr bool one_pass = true;
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

struct Relu6 {
  static constexpr const char* name = "relu6";
  static constexpr Saves saves = Saves::output;
  template <class T>
  static T value(const T& x) {
    return where(x <= 0, 0, where(x >= 6, 6, x));
  }
  template <class T>
  static T vjp(const T& g, const T&, const T& y) {
    return where(y <= 0, 0, where(y >= 6, 0, g));
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
  static constexpr Saves saves = Saves::input;
  double alpha = 1;
  template <class T>
  T value(const T& x) const {
    return where(x > 0, x, expm1(x) * alpha);
  }
  // Not by the value, to which alpha would be added: little would be left of a small derivative.
  template <class T>
  T vjp(const T& g, const T& x, const T&) const {
    const T below = where(x > 0, 0, x);
    return g * where(x > 0, 1, exp(below) * alpha);
  }
};

// ELU with the alpha and the scale that keep mean 0 and variance 1 (Klambauer et al., 2017).
struct Selu {
  static constexpr const char* name = "selu";
  static constexpr Saves saves = Saves::input;
  static constexpr double alpha = 1.6732632423543772848170429916717;
  static constexpr double scale = 1.0507009873554804934193349852946;
  template <class T>
  static T value(const T& x) {
    return where(x > 0, x * scale, expm1(x) * (scale * alpha));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T below = where(x > 0, 0, x);
    return g * where(x > 0, scale, exp(below) * (scale * alpha));
  }
};

// ELU whose derivative is continuous for each alpha > 0.
struct Celu {
  static constexpr const char* name = "celu";
  static constexpr Saves saves = Saves::input;
  double alpha = 1;
  template <class T>
  T value(const T& x) const {
    return where(x > 0, x, expm1(x / alpha) * alpha);
  }
  template <class T>
  T vjp(const T& g, const T& x, const T&) const {
    const T below = where(x > 0, 0, x);
    return g * where(x > 0, 1, exp(below / alpha));
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
    return g * sigmoid(x);
  }
};

struct LogSigmoid {
  static constexpr const char* name = "log_sigmoid";
  static constexpr Saves saves = Saves::input;
  // -log(1 + exp(-x)) without overflow.
  template <class T>
  static T value(const T& x) {
    return where(x > 0, 0, x) - log1p(exp(-abs(x)));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    return g * sigmoid(-x);
  }
};

// (x + s) / 2, s = sqrt(x^2 + b), written as max(x, 0) + b / (2 (s + |x|)): nothing is lost where x is negative.
struct Squareplus {
  static constexpr const char* name = "squareplus";
  static constexpr Saves saves = Saves::input;
  static constexpr double limit = 1e18;  // whose square is finite; from there s is |x|
  double b = 4;
  template <class T>
  T value(const T& x) const {
    const T size = where(x < 0, -x, x);
    return where(x < 0, 0, x) + 0.5 * b / (root(size) + size);
  }
  // (1 + x / s) / 2. At 0 both branches and their derivatives agree.
  template <class T>
  T vjp(const T& g, const T& x, const T&) const {
    const T size = where(x < 0, -x, x), s = root(size);
    const T tail = 0.5 * b / (s + size) / s;
    return g * where(x < 0, tail, 1 - tail);
  }
  template <class T>
  T root(const T& size) const {
    const T bounded = clip(size, 0, limit);
    return where(size > limit, size, sqrt(bounded * bounded + b));
  }
};

struct Silu {
  static constexpr const char* name = "silu";
  static constexpr Saves saves = Saves::input;
  static constexpr double limit = 1000;  // from where it is 0 and x
  template <class T>
  static T value(const T& x) {
    const T bounded = where(x < -limit, -limit, x);
    return bounded / (1 + exp(-bounded));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T bounded = clip(x, -limit, limit), s = sigmoid(bounded);
    return g * (s * (1 + bounded * (1 - s)));
  }
};

struct Softsign {
  static constexpr const char* name = "softsign";
  static constexpr Saves saves = Saves::input;
  template <class T>
  static T value(const T& x) {
    const T bounded = clip(x, -1e30, 1e30);
    return bounded / (1 + abs(bounded));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T r = 1 / (1 + abs(x));
    return g * r * r;
  }
};

// x tanh(softplus(x)), where tanh(log(1 + e)) = n / (n + 2), n = e (e + 2), e = exp(x).
struct Mish {
  static constexpr const char* name = "mish";
  static constexpr Saves saves = Saves::input;
  static constexpr double lowest = -1000, highest = 40;  // from where it is 0 and x
  template <class T>
  static T value(const T& x) {
    const T bounded = where(x < lowest, lowest, x);
    const T e = exp(clip(x, lowest, highest)), n = e * (e + 2);
    return bounded * (n / (n + 2));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T bounded = clip(x, lowest, highest), e = exp(bounded), n = e * (e + 2), r = 1 / (n + 2);
    return g * (n * r + bounded * (4 * (e * r) * ((e + 1) * r)));
  }
};

// x * P(X <= x) for a standard normal X.
struct Gelu {
  static constexpr const char* name = "gelu";
  static constexpr bool one_pass = true;
  static constexpr Saves saves = Saves::input;
  static constexpr double sqrt_half = 0.70710678118654752;
  static constexpr double limit = 40;  // from where it is 0 and x
  template <class T>
  static T value(const T& x) {
    const T half = where(x < -limit, -limit, x) * 0.5;
    return half + half * erf(x * sqrt_half);
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T bounded = clip(x, -limit, limit);
    const T density = exp(bounded * bounded * -0.5) * 0.3989422804014327;  // 1 / sqrt(2 pi)
    return g * ((1 + erf(x * sqrt_half)) * 0.5 + bounded * density);  // the erf of value()
  }
};

// 0.5 x (1 + tanh(u)), u = sqrt(2 / pi) (x + 0.044715 x^3), written as x sigmoid(2 u).
struct GeluTanh {
  static constexpr const char* name = "gelu_tanh";
  static constexpr Saves saves = Saves::input;
  static constexpr double scale = 1.5957691216057308;  // 2 sqrt(2 / pi)
  static constexpr double cubic = 0.044715;
  static constexpr double limit = 40;  // from where it is 0 and x
  template <class T>
  static T value(const T& x) {
    const T bounded = where(x < -limit, -limit, x);
    return bounded / (1 + exp(bounded * (1 + bounded * bounded * cubic) * -scale));
  }
  template <class T>
  static T vjp(const T& g, const T& x, const T&) {
    const T bounded = clip(x, -limit, limit), square = bounded * bounded;
    const T s = sigmoid(bounded * (1 + square * cubic) * scale);
    return g * (s + bounded * s * (1 - s) * ((1 + square * (3 * cubic)) * scale));
  }
};

}  // namespace xtape::formulas
