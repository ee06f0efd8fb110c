#include "ops/linalg/bias_activation.hpp"

#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/grad_mode.hpp"
#include "core/dtype_switch.hpp"
#include "formulas/list.hpp"

namespace xtape::ops {

using kernels::Activation;

kernels::Activation activation_named(const char* operation, const std::string& name) {
  if (name.empty() || name == "linear") return Activation::linear;
  if (name == "relu") return Activation::relu;
  if (name == "sigmoid") return Activation::sigmoid;
  if (name == "tanh") return Activation::tanh;
  throw ValueError(std::string(operation) + ": unknown activation '" + name +
                   "'; known are linear, relu, sigmoid and tanh");
}

Tensor activate(const Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::relu:
      return relu(x);
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::tanh:
      return tanh(x);
    case Activation::linear:
      break;
  }
  return x;
}

void apply_bias_activation(const Tensor& y, const Tensor& given_bias, Activation activation) {
  if (!given_bias.defined() && activation == Activation::linear) return;
  const Tensor bias = given_bias.defined() ? given_bias.detach().contiguous() : Tensor();
  const int64_t channels = y.shape().back();
  core::switch_floating(y.dtype(), [&]<class T>(T) {
    kernels::bias_activation(activation, core::elements<T>(y), bias.defined() ? core::elements<const T>(bias) : nullptr,
                             channels ? y.numel() / channels : 0, channels);
  });
}

namespace {

Tensor activation_vjp(const Tensor& g, const Tensor& y, Activation activation) {
  switch (activation) {
    case Activation::relu:
      return formulas::Relu::vjp(g, Tensor(), y);
    case Activation::sigmoid:
      return formulas::Sigmoid::vjp(g, Tensor(), y);
    case Activation::tanh:
      return formulas::Tanh::vjp(g, Tensor(), y);
    case Activation::linear:
      break;
  }
  return g;
}

Axes all_but_last(const Tensor& x) {
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.rank(); ++i) axes.push_back(i);
  return axes;
}

}  // namespace

std::pair<Tensor, Tensor> bias_activation_vjp(const Tensor& g, const Tensor& y, Activation activation,
                                              bool bias_needed) {
  if (autograd::recording) {
    const Tensor inner = activation_vjp(g, y, activation);
    return {inner, bias_needed ? sum(inner, all_but_last(inner)) : Tensor()};
  }
  const Tensor gradient = g.contiguous();
  const bool linear = activation == Activation::linear;
  if (linear && !bias_needed) return {gradient, Tensor()};
  const int64_t channels = gradient.shape().back();
  const int64_t rows = channels ? gradient.numel() / channels : 0;
  const Tensor inner = linear ? gradient : core::make_tensor(gradient.shape(), gradient.dtype());
  const Tensor bias_gradient = bias_needed ? core::make_tensor({channels}, gradient.dtype()) : Tensor();
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
