#include "ops/linalg/bias_activation.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <type_traits>
#include <vector>
#include <xtape/detail/fused_activations.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/reduction.hpp>

#include "ops/elementwise/scaled.hpp"
#include "ops/elementwise/unary.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"

namespace xtape::ops {

using autograd::Spec;
using kernels::Activation;

void check_types(const char* operation, const Tensor& x, const Tensor& kernel, const Tensor& bias) {
  core::check_floating(operation, x);
  core::check_floating(operation, kernel);
  if (x.dtype() == kernel.dtype() && (!bias.defined() || bias.dtype() == x.dtype())) return;
  throw DTypeError(std::string(operation) + ": x, kernel and bias must have one type: x " + name(x.dtype()) +
                   ", kernel " + name(kernel.dtype()) +
                   (bias.defined() ? std::string(", bias ") + name(bias.dtype()) : ""));
}

void check_bias(const char* operation, const Tensor& bias, int64_t channels) {
  if (!bias.defined() || bias.shape() == Shape{channels}) return;
  throw ShapeError(std::string(operation) + ": expected a bias of shape [" + std::to_string(channels) + "], got " +
                   bias.shape().str());
}

namespace {

struct NamedActivation {
  const char* name;
  Activation activation;
};

#define XTAPE_NAMED(activation, Formula) {#activation, Activation::activation},
constexpr NamedActivation fused_activations[] = {XTAPE_FUSED_ACTIVATIONS(XTAPE_NAMED)};
#undef XTAPE_NAMED

}  // namespace

kernels::Activation activation_named(const char* operation, const std::string& name) {
  if (name.empty()) return Activation::linear;
  std::string known;
  for (const NamedActivation& fused : fused_activations) {
    if (name == fused.name) return fused.activation;
    known += known.empty() ? fused.name : std::string(", ") + fused.name;
  }
  throw ValueError(std::string(operation) + ": unknown activation '" + name + "'; known are " + known);
}

std::optional<Activation> activation_of(const autograd::Instruction& next) {
  if (next.table != &autograd::op_table<Unary, 1>) return {};
  const auto& op = *static_cast<const Unary*>(next.op.get());
  for (const NamedActivation& fused : fused_activations) {
    bool same = false;
    kernels::with_formula(fused.activation, [&]<class Formula>(const Formula&) {
      static_assert(std::is_empty_v<Formula>);
      // Rules themselves are one for each file.
      same = op.rule->compute == unary_compute<Formula>;
    });
    if (same) return fused.activation;
  }
  return {};
}

Tensor activate(const Tensor& x, Activation activation) {
  if (activation == Activation::linear) return x;
  Tensor y;
  kernels::with_formula(activation, [&](const auto& formula) { y = unary(x, formula); });
  return y;
}

void apply_bias_activation(const char* operation, const Tensor& y, const Tensor& given_bias, Activation activation) {
  if (!given_bias.defined() && activation == Activation::linear) return;
  const Tensor bias = dense(operation, given_bias);
  const int64_t channels = y.shape().back();
  core::switch_floating(y.dtype(), [&]<class T>(T) {
    kernels::bias_activation(activation, core::elements<T>(y), bias.defined() ? core::elements<const T>(bias) : nullptr,
                             channels ? y.numel() / channels : 0, channels);
  });
}

namespace {

// In public operations.
Tensor composed_activation_vjp(const Tensor& g, const Tensor& y, Activation activation) {
  Tensor inner;
  kernels::with_formula(activation, [&]<class Formula>(const Formula& formula) {
    static_assert(!formulas::saves_input(Formula::saves));
    inner = formula.vjp(g, Tensor(), y);
  });
  return inner;
}

Tensor sum_to_channels(const Tensor& x) {
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.rank(); ++i) axes.push_back(i);
  return sum(x, axes);
}

// The gradient before the activation, from that behind it and the activation's result y, which is not read where it is
// linear and the gradient is g itself; and the gradient of the bias. In one pass.
struct BiasActivationVjp {
  static constexpr const char* name = "bias_activation_vjp";
  static constexpr std::size_t outputs = 2;
  Activation activation;
  bool bias_needed;

  void attributes(autograd::Attributes& to) const {
    to("activation", kernels::name_of(activation)), to("bias_needed", bias_needed);
  }
  std::array<Spec, 2> shape(const Tensor& g, const Tensor&) const {
    return {Spec{g.shape(), g.dtype(), activation != Activation::linear}, {{g.shape().back()}, g.dtype(), bias_needed}};
  }
  void compute(const Tensor& gradient, const Tensor& result, const Tensor& inner, const Tensor& bias_gradient) const {
    const Tensor g = dense(name, gradient), y = dense(name, result);
    const int64_t channels = g.shape().back();
    core::switch_floating(g.dtype(), [&]<class T>(T) {
      kernels::bias_activation_vjp<T>(
          activation, {.rows = channels ? g.numel() / channels : 0,
                       .channels = channels,
                       .g = core::elements<const T>(g),
                       .y = y.defined() ? core::elements<const T>(y) : nullptr,
                       .inner = inner.defined() ? core::elements<T>(inner) : nullptr,
                       .bias_gradient = bias_gradient.defined() ? core::elements<T>(bias_gradient) : nullptr});
    });
  }
  std::array<Tensor, 2> batch(const Examples&, const Mapped& g, const Mapped& y) const {
    Tensor inner;
    if (activation != Activation::linear) {
      const BiasActivationVjp op{activation, false};
      // Where one of both is the same for all examples, the slope is worked out once for each element of y.
      inner = g.mapped == y.mapped ? autograd::apply(op, g.value, y.value)[0]
                                   : scaled_slope(g.value, autograd::apply(op, ones_like(y.value), y.value)[0]);
    }
    if (!bias_needed) return {inner, Tensor()};
    std::vector<int> axes;
    for (int axis = 1; axis < g.rank(); ++axis) axes.push_back(axis);
    return {inner, sum(inner.defined() ? inner : g.value, axes)};
  }
  std::array<Tensor, 2> decompose(const Tensor& g, const Tensor& y) const {
    const Tensor inner = composed_activation_vjp(g, y, activation);
    return {inner, bias_needed ? sum_to_channels(inner) : Tensor()};
  }
};

}  // namespace

Tensor activation_vjp(const Tensor& g, const Tensor& y, Activation activation) {
  return activation == Activation::linear ? g : autograd::apply(BiasActivationVjp{activation, false}, g, y)[0];
}

std::pair<Tensor, Tensor> bias_activation_vjp(const char* operation, const Tensor& given, const Tensor& y,
                                              Activation activation, bool bias_needed) {
  // Once for all that read it: the gradient of a sum, say, is one repeated number.
  const Tensor g = contiguous(operation, given);
  const bool linear = activation == Activation::linear;
  if (linear && !bias_needed) return {g, Tensor()};
  auto [inner, bias_gradient] = autograd::apply(BiasActivationVjp{activation, bias_needed}, g, linear ? Tensor() : y);
  return {linear ? g : std::move(inner), std::move(bias_gradient)};
}

void describe_bias_activation(autograd::Registry& to) { to.add<BiasActivationVjp, 2>(); }

}  // namespace xtape::ops

bool xtape::detail::is_fused_activation(const std::string& name) {
  return std::any_of(std::begin(ops::fused_activations), std::end(ops::fused_activations),
                     [&](const ops::NamedActivation& fused) { return name == fused.name; });
}
