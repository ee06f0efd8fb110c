#include <algorithm>
#include <xtape/error.hpp>
#include <xtape/layers/reshape.hpp>

namespace xtape::layers {

Reshape::Reshape(Shape target_shape, ReshapeOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), target_shape_(std::move(target_shape)) {
  const auto unknown = std::count(target_shape_.begin(), target_shape_.end(), int64_t{-1});
  const bool negative = std::any_of(target_shape_.begin(), target_shape_.end(), [](int64_t n) { return n < -1; });
  if (unknown > 1 || negative) {
    throw ValueError("Reshape: expected lengths of at least 0 and at most one -1, given " + target_shape_.str());
  }
}

Tensor Reshape::call(const Tensor& x, bool) {
  Shape shape = compute_output_shape(x.shape());
  return x.reshape(shape);
}

Shape Reshape::compute_output_shape(const Shape& input_shape) {
  if (input_shape.rank() == 0) throw ShapeError("expected inputs [batch, ...], given " + input_shape.str());
  const Shape sample(input_shape.begin() + 1, input_shape.end());
  Shape known_lengths = target_shape_;
  std::replace(known_lengths.begin(), known_lengths.end(), int64_t{-1}, int64_t{1});
  const bool known_input = std::find(sample.begin(), sample.end(), -1) == sample.end();
  const int64_t given = known_input ? sample.numel() : -1, known = known_lengths.numel();
  Shape shape = target_shape_;
  shape.insert(0, input_shape[0]);
  const auto unknown = std::find(shape.begin() + 1, shape.end(), -1);
  const bool fits = unknown == shape.end() ? given == known : known > 0 && given % known == 0;
  if (known_input && !fits) {
    throw ShapeError("cannot reshape samples of " + std::to_string(given) + " elements " + input_shape.str() + " to " +
                     target_shape_.str());
  }
  if (known_input && unknown != shape.end()) *unknown = given / known;
  return shape;
}

}  // namespace xtape::layers
