#include <xtape/error.hpp>
#include <xtape/layers/global_average_pooling2d.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::layers {

GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalAveragePooling2DOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), keepdims_(options.keepdims) {}

Tensor GlobalAveragePooling2D::call(const Tensor& x, bool) {
  compute_output_shape(x.shape());
  return mean(x, {1, 2}, keepdims_);
}

Shape GlobalAveragePooling2D::compute_output_shape(const Shape& input_shape) {
  if (input_shape.rank() != 4) {
    throw ShapeError("expected inputs [batch, height, width, channels], given " + input_shape.str());
  }
  if (keepdims_) return {input_shape[0], 1, 1, input_shape[3]};
  return {input_shape[0], input_shape[3]};
}

}  // namespace xtape::layers
