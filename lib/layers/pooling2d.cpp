#include "layers/pooling2d.hpp"

#include <xtape/detail/windows.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {

Pooling2DImpl::Pooling2DImpl(const char* class_name, Pooling2DFields given)
    : LayerImpl(layer_options(given.options)),
      given_(std::move(given)),
      op_options_{given_.pool_size, given_.options.strides.value_or(given_.pool_size), given_.options.padding} {
  detail::check_positive(class_name, "pool_size", op_options_.pool_size);
  detail::check_positive(class_name, "strides", *op_options_.strides);
  detail::is_same_padding(class_name, op_options_.padding);
}

Shape Pooling2DImpl::compute_output_shape(const Shape& input_shape) {
  return detail::window_output_shape(input_shape, op_options_.pool_size, *op_options_.strides, {1, 1},
                                     op_options_.padding, input_shape.rank() == 4 ? input_shape[3] : -1);
}

void Pooling2DOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("padding", padding)("strides", strides).accept("data_format", "channels_last");
}

}  // namespace xtape::layers
