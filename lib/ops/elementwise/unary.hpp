#pragma once

#include <xtape/detail/floating.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/tensor.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "autograd/op.hpp"
#include "autograd/registry.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "formulas/list.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "ops/elementwise/scaled.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

namespace xtape::ops {

// The members of a formula, which are numbers.
using Parameters = std::array<double, 2>;

// What tells one elementwise operation of one operand from another: a formula, for those that do not know its type.
struct UnaryRule {
  const char* name;
  const char* vjp_name;
  formulas::Saves saves;
  void (*compute)(const Parameters& parameters, const Tensor& x, const Tensor& y);
  // The derivative times g, from what is saved, x or y: in one pass, and in public operations.
  void (*vjp)(const Parameters& parameters, const Tensor& g, const Tensor& saved, const Tensor& result);
  Tensor (*composed_vjp)(const Parameters& parameters, const Tensor& g, const Tensor& saved);
  // The value and its tangent in one pass.
  void (*dual)(const Parameters& parameters, const Tensor& x, const Tensor& dx, const Tensor& y, const Tensor& dy);
};

// A formula without numbers has none to show.
inline void show(autograd::Attributes& to, const UnaryRule* rule, const Parameters& parameters) {
  if (!rule || parameters != Parameters{}) to("parameters", parameters);
}

// The derivative of a Unary times g, which is another operation. What it does not read is undefined.
struct UnaryVjp {
  static constexpr bool elementwise = true;
  const UnaryRule* rule;
  Parameters parameters;

  void attributes(autograd::Attributes& to) const { show(to, rule, parameters); }
  const char* name() const { return rule->vjp_name; }
  const Tensor& like(const Tensor& g, const Tensor&) const { return g; }
  void compute(const Tensor& g, const Tensor& saved, const Tensor& result) const {
    rule->vjp(parameters, g, saved, result);
  }
  Tensor decompose(const Tensor& g, const Tensor& saved) const { return rule->composed_vjp(parameters, g, saved); }
  // Where one of both is the same for all examples, the slope is worked out once for each element of what is saved.
  Tensor batch(const Examples& examples, const Mapped& g, const Mapped& saved) const {
    if (!saved.value.defined() || g.mapped == saved.mapped) {
      return autograd::apply(*this, stacked(g, examples), stacked(saved, examples));
    }
    return scaled_slope(g.value, autograd::apply(*this, ones_like(saved.value), saved.value));
  }
};

// y = f(x) for each element.
struct Unary {
  static constexpr bool elementwise = true;
  const UnaryRule* rule;
  Parameters parameters;

  void attributes(autograd::Attributes& to) const { show(to, rule, parameters); }
  const char* name() const { return rule->name; }
  const Tensor& like(const Tensor& x) const { return x; }
  void compute(const Tensor& x, const Tensor& y) const { rule->compute(parameters, x, y); }
  uint32_t keeps(uint32_t) const { return static_cast<uint32_t>(rule->saves); }
  void vjp(const autograd::Primals& primals, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, jvp(primals, g));
  }
  // The Jacobian is diagonal: both products are the same.
  Tensor jvp(const autograd::Primals& primals, const Tensor& dx) const {
    const UnaryVjp product{rule, parameters};
    if (rule->saves == formulas::Saves::nothing) return autograd::apply(product, dx, Tensor());
    return autograd::apply(product, dx, rule->saves == formulas::Saves::input ? primals.input(0) : primals.output());
  }
  std::pair<Tensor, Tensor> dual(const Tensor& x, const Tensor& dx) const {
    std::pair<Tensor, Tensor> result{core::make_like(x, name()), core::make_like(x, name())};
    rule->dual(parameters, x, dx, result.first, result.second);
    return result;
  }
};
static_assert(static_cast<uint32_t>(formulas::Saves::input) == 1 && static_cast<uint32_t>(formulas::Saves::output) == 2,
              "bits of Unary::keeps");

template <class Formula>
Formula formula_of(const Parameters& parameters) {
  Formula formula;
  if constexpr (!std::is_empty_v<Formula>) {
    static_assert(sizeof(Formula) <= sizeof(Parameters));
    std::memcpy(static_cast<void*>(&formula), parameters.data(), sizeof(Formula));
  }
  return formula;
}

template <class Formula>
void unary_compute(const Parameters& parameters, const Tensor& x, const Tensor& y) {
  if (!is_dense(x)) [[unlikely]]
    return unary_compute<Formula>(parameters, copied(Formula::name, x), y);
  core::switch_floating(y.dtype(), [&]<class T>(T) {
    kernels::unary(formula_of<Formula>(parameters), core::elements<const T>(x), core::elements<T>(y),
                   core::impl(y)->numel);
  });
}

template <class Formula>
void unary_vjp(const Parameters& parameters, const Tensor& g, const Tensor& saved, const Tensor& result) {
  if (!is_dense(g) || !is_dense(saved)) [[unlikely]]
    return unary_vjp<Formula>(parameters, dense(Formula::name, g), dense(Formula::name, saved), result);
  core::switch_floating(g.dtype(), [&]<class T>(T) {
    const T* kept = saved.defined() ? core::elements<const T>(saved) : nullptr;
    kernels::unary_vjp(formula_of<Formula>(parameters), core::elements<const T>(g), kept, kept,
                       core::elements<T>(result), core::impl(result)->numel);
  });
}

template <class Formula>
void unary_dual(const Parameters& parameters, const Tensor& x, const Tensor& dx, const Tensor& y, const Tensor& dy) {
  if (!is_dense(x) || !is_dense(dx)) [[unlikely]]
    return unary_dual<Formula>(parameters, dense(Formula::name, x), dense(Formula::name, dx), y, dy);
  core::switch_floating(y.dtype(), [&]<class T>(T) {
    kernels::unary_dual(formula_of<Formula>(parameters), core::elements<const T>(x), core::elements<const T>(dx),
                        core::elements<T>(y), core::elements<T>(dy), core::impl(y)->numel);
  });
}

// tanh -> tanh_vjp
template <class Formula>
constexpr auto vjp_name = [] {
  constexpr std::string_view name = Formula::name, suffix = "_vjp";
  std::array<char, name.size() + suffix.size() + 1> text{};
  std::copy(suffix.begin(), suffix.end(), std::copy(name.begin(), name.end(), text.begin()));
  return text;
}();

template <class Formula>
constexpr UnaryRule unary_rule{Formula::name,
                               vjp_name<Formula>.data(),
                               Formula::saves,
                               unary_compute<Formula>,
                               unary_vjp<Formula>,
                               [](const Parameters& parameters, const Tensor& g, const Tensor& saved) -> Tensor {
                                 return formula_of<Formula>(parameters).vjp(g, saved, saved);
                               },
                               unary_dual<Formula>};

// The operation of a formula; x becomes floating.
template <class Formula>
Tensor unary(const Tensor& x, const Formula& formula = {}) {
  core::check_defined(Formula::name, x);
  Parameters parameters{};
  if constexpr (!std::is_empty_v<Formula>) std::memcpy(parameters.data(), &formula, sizeof(Formula));
  const Unary op{&unary_rule<Formula>, parameters};
  const DType type = core::impl(x)->dtype;
  if (is_floating(type)) [[likely]]
    return autograd::apply(op, x);
  return autograd::apply(op, converted(Formula::name, x, detail::floating_type(type)));
}

template <class Formula>
void describe_unary(autograd::Registry& to) {
  to.add<Unary, 1>(Formula::name);
  to.add<UnaryVjp, 2>(vjp_name<Formula>.data());
}

}  // namespace xtape::ops
