#include <cmath>
#include <xtape/detail/floating.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/record.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/support/elementwise_op.hpp"
#include "ops/support/operand.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::needs_grad;
using autograd::record;
using autograd::Saved;

namespace {

// Operands of one type: the given tensors, or copies converted after a check that they broadcast.
class Operands {
 public:
  Operands(const char* name, const Tensor& first, const Tensor& second, bool floating = false)
      : Operands(name, first, second, common_type(name, first, second, floating)) {}

 private:
  Operands(const char* name, const Tensor& first, const Tensor& second, DType type)
      : a_(name, first, type), b_(name, second, type) {}

  static DType common_type(const char* name, const Tensor& first, const Tensor& second, bool floating) {
    core::check_defined(name, first);
    core::check_defined(name, second);
    const DType type = core::impl(first)->dtype;
    if (type == core::impl(second)->dtype && (!floating || is_floating(type))) return type;
    broadcast_shapes(first.shape(), second.shape(), name);
    const DType promoted = promote_types(type, second.dtype());
    return floating ? detail::floating_type(promoted) : promoted;
  }

  ops::Operand a_;
  ops::Operand b_;

 public:
  const Tensor& a = a_.tensor;
  const Tensor& b = b_.tensor;
};

}  // namespace

Tensor add(const Tensor& first, const Tensor& second) {
  const Operands operands("add", first, second);
  const Tensor& a = operands.a;
  const Tensor& b = operands.b;
  Tensor y = ops::binary_value<formulas::Add>("add", a, b);
  if (needs_grad(a, b)) {
    record("add", y, Inputs{a, b},
           [to_a = ops::Unbroadcast(a, y), to_b = ops::Unbroadcast(b, y)](
               const Tensor& g, Gradients& gradients) {
             if (gradients.needed(0)) gradients.set(0, to_a(g));
             if (gradients.needed(1)) gradients.set(1, to_b(g));
           });
  }
  return y;
}

Tensor subtract(const Tensor& first, const Tensor& second) {
  const Operands operands("subtract", first, second);
  const Tensor& a = operands.a;
  const Tensor& b = operands.b;
  if (a.dtype() == DType::bool_) throw DTypeError("subtract: bool tensors have no difference; use logical_and, != or astype");
  Tensor y = ops::binary_value<formulas::Sub>("subtract", a, b);
  if (needs_grad(a, b)) {
    record("subtract", y, Inputs{a, b},
           [to_a = ops::Unbroadcast(a, y), to_b = ops::Unbroadcast(b, y)](
               const Tensor& g, Gradients& gradients) {
             if (gradients.needed(0)) gradients.set(0, to_a(g));
             if (gradients.needed(1)) gradients.set(1, to_b(-g));
           });
  }
  return y;
}

Tensor multiply(const Tensor& first, const Tensor& second) {
  const Operands operands("multiply", first, second);
  const Tensor& a = operands.a;
  const Tensor& b = operands.b;
  Tensor y = ops::binary_value<formulas::Mul>("multiply", a, b);
  if (needs_grad(a, b)) {
    record("multiply", y, Inputs{a, b},
           [a = b.requires_grad() ? Saved(a) : Saved(), b = a.requires_grad() ? Saved(b) : Saved(),
            to_a = ops::Unbroadcast(a, y), to_b = ops::Unbroadcast(b, y)](
               const Tensor& g, Gradients& gradients) {
             if (gradients.needed(0)) gradients.set(0, to_a(g * b.get()));
             if (gradients.needed(1)) gradients.set(1, to_b(g * a.get()));
           });
  }
  return y;
}

Tensor divide(const Tensor& first, const Tensor& second) {
  const Operands operands("divide", first, second, true);
  const Tensor& a = operands.a;
  const Tensor& b = operands.b;
  Tensor y = ops::binary_value<formulas::Div>("divide", a, b);
  if (needs_grad(a, b)) {
    record("divide", y, Inputs{a, b},
           [b = Saved(b), y = b.requires_grad() ? Saved::output(y) : Saved(),
            to_a = ops::Unbroadcast(a, y), to_b = ops::Unbroadcast(b, y)](const Tensor& g, Gradients& gradients) {
             const Tensor quotient = ops::scaled_quotient(g, b.get());
             if (gradients.needed(0)) gradients.set(0, to_a(quotient));
             if (gradients.needed(1)) gradients.set(1, to_b(-ops::scaled_slope(quotient, y.get())));
           });
  }
  return y;
}

namespace {

// @throws ValueError if an integer exponent is negative: the power is no whole number.
void check_exponents(const Tensor& exponents) {
  const bool is_signed = is_integer(exponents.dtype()) && exponents.dtype() != DType::uint8;
  if (!is_signed || !any(exponents < 0).item<bool>()) return;
  throw ValueError(
      "power: integers to negative integer powers are not whole numbers; make one of them floating (astype)");
}

}  // namespace

Tensor power(const Tensor& first, const Tensor& second) {
  const Operands operands("power", first, second);
  const Tensor& a = operands.a;
  const Tensor& b = operands.b;
  check_exponents(b);
  Tensor y = ops::binary_value<formulas::Pow>("power", a, b);
  if (needs_grad(a, b)) {
    record("power", y, Inputs{a, b},
           [a = Saved(a), b = Saved(b), y = b.requires_grad() ? Saved::output(y) : Saved(),
            to_a = ops::Unbroadcast(a, y), to_b = ops::Unbroadcast(b, y)](
               const Tensor& g, Gradients& gradients) {
             const Tensor base = a.get();
             const Tensor exponent = b.get();
             // x^0 and 0^x are constant: their derivatives are 0, not 0 * infinity. What would be infinite is not
             // computed, as it would be multiplied by 0 where these derivatives are differentiated again.
             const Tensor zero = base == 0;
             if (gradients.needed(0)) {
               const Tensor constant = exponent == 0;
               const Tensor lower = where(logical_and(constant, zero), 0, exponent - 1);
               const Tensor upstream = where(logical_and(constant, abs(g) == HUGE_VAL), 0, g);
               gradients.set(0, to_a(ops::scaled_slope(upstream, exponent * power(base, lower))));
             }
             if (gradients.needed(1)) {
               const Tensor slope = where(zero, 0, y.get()) * log(where(zero, 1, base));
               gradients.set(1, to_b(ops::scaled_slope(g, slope)));
             }
           });
  }
  return y;
}

namespace {

// The operand chosen gets the gradient; where both are equal each gets half of it, where one is NaN both get it.
template <class Formula>
Tensor choose(const char* name, const Tensor& first, const Tensor& second, Tensor (*prefers)(const Tensor&, const Tensor&)) {
  const Operands operands(name, first, second);
  const Tensor& a = operands.a;
  const Tensor& b = operands.b;
  Tensor y = ops::binary_value<Formula>(name, a, b);
  if (needs_grad(a, b)) {
    record(name, y, Inputs{a, b},
           [prefers, a = Saved(a), b = Saved(b), to_a = ops::Unbroadcast(a, y),
            to_b = ops::Unbroadcast(b, y)](const Tensor& g, Gradients& gradients) {
             const Tensor x = a.get();
             const Tensor z = b.get();
             const Tensor shared = where(x == z, g * 0.5, g);
             if (gradients.needed(0)) gradients.set(0, to_a(where(prefers(z, x), 0, shared)));
             if (gradients.needed(1)) gradients.set(1, to_b(where(prefers(x, z), 0, shared)));
           });
  }
  return y;
}

}  // namespace

Tensor minimum(const Tensor& a, const Tensor& b) { return choose<formulas::Minimum>("minimum", a, b, less); }
Tensor maximum(const Tensor& a, const Tensor& b) { return choose<formulas::Maximum>("maximum", a, b, greater); }

}  // namespace xtape
