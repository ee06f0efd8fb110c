#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <xtape/tensor.hpp>

#include "autograd/instruction.hpp"
#include "kernels/elementwise/bias_activation.hpp"

// What follows a matrix product or a convolution, in one pass over its output.
namespace xtape::ops {

// @throws DTypeError unless x, kernel and bias, which may be undefined, are all float32 or all float64.
void check_types(const char* operation, const Tensor& x, const Tensor& kernel, const Tensor& bias);

// @throws ShapeError unless bias is undefined or holds one value for each of so many channels.
void check_bias(const char* operation, const Tensor& bias, int64_t channels);

// @throws ValueError naming the known activations.
kernels::Activation activation_named(const char* operation, const std::string& name);

// What `next` does to its one input, if that is such an activation.
std::optional<kernels::Activation> activation_of(const autograd::Instruction& next);

// The same on its own.
Tensor activate(const Tensor& x, kernels::Activation activation);

// y = activation(y + bias), in place, on a new contiguous tensor [..., channels]; bias may be undefined.
void apply_bias_activation(const char* operation, const Tensor& y, const Tensor& bias, kernels::Activation activation);

// activation'(y) g: the gradient before the activation, and the tangent behind it. y is the activation's result, and
// not read where it is linear.
Tensor activation_vjp(const Tensor& g, const Tensor& y, kernels::Activation activation);

// The same, contiguous, and the gradient of the bias where `bias_needed`.
std::pair<Tensor, Tensor> bias_activation_vjp(const char* operation, const Tensor& g, const Tensor& y,
                                              kernels::Activation activation, bool bias_needed);

}  // namespace xtape::ops
