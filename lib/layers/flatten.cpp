#include <xtape/layers/flatten.hpp>

namespace xtape::layers {

Flatten::Flatten(FlattenOptions options) : Layer({.name = options.name, .input_shape = options.input_shape}) {}

Tensor Flatten::call(const Tensor& x, bool) {
  const int64_t batch = x.shape(0);
  return x.reshape({batch, batch == 0 ? compute_output_shape(x.shape())[1] : x.numel() / batch});
}

Shape Flatten::compute_output_shape(const Shape& input_shape) {
  int64_t count = 1;
  for (int axis = 1; axis < input_shape.rank(); ++axis) {
    if (input_shape[axis] == -1) return {input_shape[0], -1};
    count *= input_shape[axis];
  }
  return {input_shape[0], count};
}

}  // namespace xtape::layers
