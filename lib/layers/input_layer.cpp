#include <xtape/layers/input_layer.hpp>

namespace xtape::layers {

InputLayer::InputLayer(const Shape& shape, InputLayerOptions options)
    : Layer({.name = options.name, .dtype = options.dtype, .input_shape = shape}) {}

Tensor InputLayer::call(const Tensor& x, bool) { return x; }

Shape InputLayer::compute_output_shape(const Shape& input_shape) { return input_shape; }

}  // namespace xtape::layers
