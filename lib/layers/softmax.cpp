#include <xtape/layers/softmax.hpp>
#include <xtape/ops/activations.hpp>

namespace xtape::layers {

Softmax::Softmax(SoftmaxOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), axis_(options.axis) {}

Tensor Softmax::call(const Tensor& x, bool) { return softmax(x, axis_); }

Shape Softmax::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
