#include <xtape/layers/activation.hpp>

namespace xtape::layers {

Activation::Activation(activations::Activation activation, ActivationOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), activation_(std::move(activation)) {}

Tensor Activation::call(const Tensor& x, bool) { return activation_(x); }

Shape Activation::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
