#include <algorithm>
#include <xtape/error.hpp>
#include <xtape/layers/flatten.hpp>

namespace xtape::layers {

Flatten::Flatten(FlattenOptions options) : Layer({.name = options.name, .input_shape = options.input_shape}) {}

Tensor Flatten::call(const Tensor& x, bool) {
  const int64_t batch = x.shape(0);
  return x.reshape({batch, batch == 0 ? compute_output_shape(x.shape())[1] : x.numel() / batch});
}

Shape Flatten::compute_output_shape(const Shape& input_shape) {
  if (input_shape.rank() == 0) throw ShapeError("expected inputs [batch, ...], given " + input_shape.str());
  const Shape sample(input_shape.begin() + 1, input_shape.end());
  const bool known = std::find(sample.begin(), sample.end(), -1) == sample.end();
  return {input_shape[0], known ? sample.numel() : -1};
}

}  // namespace xtape::layers
