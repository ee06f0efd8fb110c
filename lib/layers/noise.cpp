#include "layers/noise.hpp"

#include <string>
#include <xtape/error.hpp>

namespace xtape::layers {

void check_noise_shape(const char* layer, const std::optional<Shape>& noise_shape) {
  if (!noise_shape) return;
  for (const int64_t length : *noise_shape) {
    if (length >= 1 || length == -1) continue;
    throw ValueError(std::string(layer) + ": lengths in noise_shape must be positive or -1, given " +
                     noise_shape->str());
  }
}

Shape shape_of_noise(const std::optional<Shape>& noise_shape, const Shape& input_shape) {
  if (!noise_shape) return input_shape;
  Shape shape = *noise_shape;
  if (shape.rank() != input_shape.rank()) {
    throw ShapeError("noise_shape " + shape.str() + " must have as many lengths as the inputs, given " +
                     input_shape.str());
  }
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == -1) shape[axis] = input_shape[axis];
  }
  return shape;
}

}  // namespace xtape::layers
