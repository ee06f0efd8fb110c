#include <xtape/detail/windows.hpp>
#include <xtape/layers/max_pooling2d.hpp>

namespace xtape::layers {

MaxPooling2D::MaxPooling2D(Size2d pool_size, const Pooling2DOptions& options)
    : Layer({.name = options.name, .input_shape = options.input_shape}),
      options_{pool_size, options.strides.value_or(pool_size), options.padding} {
  detail::check_positive("MaxPooling2D", "pool_size", options_.pool_size);
  detail::check_positive("MaxPooling2D", "strides", *options_.strides);
  detail::is_same_padding("MaxPooling2D", options_.padding);
}

Tensor MaxPooling2D::call(const Tensor& x, bool) { return max_pool2d(x, options_); }

Shape MaxPooling2D::compute_output_shape(const Shape& input_shape) {
  return detail::window_output_shape(input_shape, options_.pool_size, *options_.strides, {1, 1}, options_.padding,
                                     input_shape.rank() == 4 ? input_shape[3] : -1);
}

}  // namespace xtape::layers
