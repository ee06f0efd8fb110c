#pragma once

#include <string>
#include <utility>
#include <xtape/tensor.hpp>

#include "kernels/elementwise/bias_activation.hpp"

// What follows a matrix product or a convolution, in one pass over its output.
namespace xtape::ops {

// @throws ValueError naming the known activations.
kernels::Activation activation_named(const char* operation, const std::string& name);

// The same on its own.
Tensor activate(const Tensor& x, kernels::Activation activation);

// y = activation(y + bias), in place, on a new contiguous tensor [..., channels]; bias may be undefined.
void apply_bias_activation(const Tensor& y, const Tensor& bias, kernels::Activation activation);

// The gradient before the activation, and that of the bias where `bias_needed`. y is the activation's
// result, undefined where it is linear. Differentiable where operations are recorded.
std::pair<Tensor, Tensor> bias_activation_vjp(const Tensor& g, const Tensor& y, kernels::Activation activation,
                                              bool bias_needed);

}  // namespace xtape::ops
