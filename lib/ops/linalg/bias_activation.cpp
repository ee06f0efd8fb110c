#include "ops/linalg/bias_activation.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <vector>
#include <xtape/detail/fused_activations.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/reduction.hpp>

#include "ops/support/conversion.hpp"
#include "ops/support/elementwise_op.hpp"

namespace xtape::ops {

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

Tensor activate(const Tensor& x, Activation activation) {
  if (activation == Activation::linear) return x;
  Tensor y;
  kernels::with_formula(activation, [&](const auto& formula) { y = unary(x, formula); });
  return y;
}

void apply_bias_activation(const char* operation, const Tensor& y, const Tensor& given_bias, Activation activation) {
  if (!given_bias.defined() && activation == Activation::linear) return;
  const bool usable = !given_bias.defined() || given_bias.is_contiguous();
  const Tensor bias = usable ? given_bias : copy(operation, given_bias.detach());
  const int64_t channels = y.shape().back();
  core::switch_floating(y.dtype(), [&]<class T>(T) {
    kernels::bias_activation(activation, core::elements<T>(y), bias.defined() ? core::elements<const T>(bias) : nullptr,
                             channels ? y.numel() / channels : 0, channels);
  });
}

namespace {

// In public operations.
Tensor activation_vjp(const Tensor& g, const Tensor& y, Activation activation) {
  Tensor inner;
  kernels::with_formula(activation, [&]<class Formula>(const Formula& formula) {
    static_assert(!formulas::saves_input(Formula::saves));
    inner = formula.vjp(g, Tensor(), y);
  });
  return inner;
}

Axes all_but_last(const Tensor& x) {
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.rank(); ++i) axes.push_back(i);
  return axes;
}

}  // namespace

std::pair<Tensor, Tensor> bias_activation_vjp(const char* operation, const Tensor& g, const Tensor& y,
                                              Activation activation, bool bias_needed) {
  if (autograd::recording) {
    const Tensor inner = activation_vjp(g, y, activation);
    return {inner, bias_needed ? sum(inner, all_but_last(inner)) : Tensor()};
  }
  const Tensor gradient = contiguous(operation, g);
  const bool linear = activation == Activation::linear;
  if (linear && !bias_needed) return {gradient, Tensor()};
  const int64_t channels = gradient.shape().back();
  const int64_t rows = channels ? gradient.numel() / channels : 0;
  const Tensor inner = linear ? gradient : core::make_like(gradient, operation);
  const Tensor bias_gradient = bias_needed ? core::make_tensor({channels}, gradient.dtype(), operation) : Tensor();
  core::switch_floating(gradient.dtype(), [&]<class T>(T) {
    kernels::bias_activation_vjp<T>(activation,
                                    {.rows = rows,
                                     .channels = channels,
                                     .g = core::elements<const T>(gradient),
                                     .y = linear ? nullptr : core::elements<const T>(y),
                                     .inner = linear ? nullptr : core::elements<T>(inner),
                                     .bias_gradient = bias_needed ? core::elements<T>(bias_gradient) : nullptr});
  });
  return {inner, bias_gradient};
}

}  // namespace xtape::ops

bool xtape::detail::is_fused_activation(const std::string& name) {
  return std::any_of(std::begin(ops::fused_activations), std::end(ops::fused_activations),
                     [&](const ops::NamedActivation& fused) { return name == fused.name; });
}
