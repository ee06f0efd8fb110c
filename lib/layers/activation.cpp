#include <xtape/layers/activation.hpp>

#include "layers/single_unit.hpp"

namespace xtape::layers {

Activation::Activation(activations::Activation activation, ActivationOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), activation_(std::move(activation)) {}

// Rows of samples: along other axes a length of 1 may be that of a short sequence.
void Activation::build(const Shape& input_shape) {
  if (input_shape.rank() == 2) check_units("Activation", "units before it", input_shape.back(), activation_);
}

Tensor Activation::call(const Tensor& x, bool) { return activation_(x); }

Shape Activation::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
