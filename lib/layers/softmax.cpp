#include <xtape/layers/softmax.hpp>
#include <xtape/ops/activations.hpp>

#include "layers/single_unit.hpp"

namespace xtape::layers {

Softmax::Softmax(SoftmaxOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), axis_(options.axis) {}

void Softmax::build(const Shape& input_shape) {
  if (input_shape.rank() == 2 && (axis_ == 1 || axis_ == -1)) {
    check_units("Softmax", "units before it", input_shape.back(), activations::Activation("softmax"));
  }
}

Tensor Softmax::call(const Tensor& x, bool) { return softmax(x, axis_); }

Shape Softmax::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
