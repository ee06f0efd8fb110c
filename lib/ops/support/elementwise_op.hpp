#pragma once

#include <xtape/detail/floating.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/tensor.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "formulas/list.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "ops/support/operand.hpp"

namespace xtape::ops {

// The gradient of a formula's input: one fused pass, or, where it is itself to be differentiated, the same
// formula on tensors.
template <class Formula>
Tensor unary_vjp(const Formula& formula, const Tensor& g, const Tensor& x, const Tensor& y) {
  if (autograd::recording) return formula.vjp(g, x, y);
  const Operand operand(Formula::name, g, core::impl(g)->dtype, true);
  const Tensor& gradient = operand.tensor;
  const Tensor result = core::make_like(gradient, Formula::name);
  core::switch_floating(gradient.dtype(), [&]<class T>(T) {
    kernels::unary_vjp(formula, core::elements<const T>(gradient), x.defined() ? core::elements<const T>(x) : nullptr,
                       y.defined() ? core::elements<const T>(y) : nullptr, core::elements<T>(result),
                       core::impl(result)->numel);
  });
  return result;
}

// An elementwise operation from its formula.
template <class Formula>
Tensor unary(const Tensor& argument, const Formula& formula = {}) {
  core::check_defined(Formula::name, argument);

  const Operand operand(Formula::name, argument, detail::floating_type(core::impl(argument)->dtype), true);
  const Tensor& x = operand.tensor;
  const Tensor y = core::make_like(x, Formula::name);
  core::switch_floating(core::impl(x)->dtype, [&]<class T>(T) {
    kernels::unary(formula, core::elements<const T>(x), core::elements<T>(y), core::impl(y)->numel);
  });

  if (autograd::needs_grad(x)) {
    using autograd::Saved;
    constexpr bool keep_x = formulas::saves_input(Formula::saves);
    constexpr bool keep_y = formulas::saves_output(Formula::saves);
    autograd::record(Formula::name, y, autograd::Inputs{x},
                     [formula, x = keep_x ? Saved(x) : Saved(), y = keep_y ? Saved::output(y) : Saved()](
                         const Tensor& g, autograd::Gradients& gradients) {
                       gradients.set(0, unary_vjp(formula, g, keep_x ? x.get() : Tensor(), keep_y ? y.get() : Tensor()));
                     });
  }
  return y;
}

}  // namespace xtape::ops
