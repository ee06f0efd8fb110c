#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/zero_padding2d.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::layers {

ZeroPadding2D::ZeroPadding2D(Padding2d padding, ZeroPadding2DOptions options)
    : Layer({.name = options.name, .input_shape = options.input_shape}), padding_(padding) {
  for (const int64_t cells : {padding.height.first, padding.height.second, padding.width.first, padding.width.second}) {
    detail::check_at_least(0, "ZeroPadding2D", "padding", cells);
  }
}

Tensor ZeroPadding2D::call(const Tensor& x, bool) {
  compute_output_shape(x.shape());
  return pad(x, {{0, 0}, padding_.height, padding_.width, {0, 0}});
}

Shape ZeroPadding2D::compute_output_shape(const Shape& input_shape) {
  if (input_shape.rank() != 4) {
    throw ShapeError("expected inputs [batch, height, width, channels], given " + input_shape.str());
  }
  const auto padded = [&](int64_t length, Padding2d::Sides sides) {
    int64_t cells = -1;
    if (length != -1 &&
        (__builtin_add_overflow(sides.first, sides.second, &cells) || __builtin_add_overflow(cells, length, &cells))) {
      throw ShapeError("inputs " + input_shape.str() + " are too large with a padding of " +
                       std::to_string(sides.first) + " and " + std::to_string(sides.second));
    }
    return cells;
  };
  return {input_shape[0], padded(input_shape[1], padding_.height), padded(input_shape[2], padding_.width),
          input_shape[3]};
}

}  // namespace xtape::layers
