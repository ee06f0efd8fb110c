#pragma once

#include <xtape/ops/arithmetic.hpp>

#include "autograd/op.hpp"

namespace xtape::ops {

// x + number, for a number that fits into x's type.
struct AddNumber {
  static constexpr const char* name = "add";
  static constexpr bool elementwise = true;
  Scalar number = 0;

  void attributes(autograd::Attributes& to) const { to("number", number); }
  const Tensor& like(const Tensor& x) const { return x; }
  void compute(const Tensor& x, const Tensor& y) const;
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const { gradients.set(0, g); }
  Tensor jvp(const autograd::Primals&, const Tensor& dx) const { return dx; }
};

// x * number.
struct MultiplyNumber {
  static constexpr const char* name = "multiply";
  static constexpr bool elementwise = true;
  static constexpr bool linear = true;
  Scalar number = 0;

  void attributes(autograd::Attributes& to) const { to("number", number); }
  const Tensor& like(const Tensor& x) const { return x; }
  void compute(const Tensor& x, const Tensor& y) const;
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, multiply(g, number));
  }
};

}  // namespace xtape::ops
