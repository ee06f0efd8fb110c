#include <typeinfo>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/conv2d.hpp>
#include <xtape/layers/max_pooling2d.hpp>

#include "layers/single_unit.hpp"

namespace xtape::layers {

Conv2D::Conv2D(Count filters, Size2d kernel_size, Conv2DOptions options)
    : Layer({options.name, options.trainable, options.dtype, options.input_shape}),
      filters_(filters),
      kernel_size_(kernel_size),
      options_(std::move(options)) {
  detail::check_at_least(1, "Conv2D", "filters", filters);
  detail::check_positive("Conv2D", "kernel_size", kernel_size_);
  detail::check_positive("Conv2D", "strides", options_.strides);
  detail::check_positive("Conv2D", "dilation_rate", options_.dilation_rate);
  detail::is_same_padding("Conv2D", options_.padding);
  check_units("Conv2D", "filters", filters, options_.activation);
  detail::check_at_least(1, "Conv2D", "groups", options_.groups);
  if (filters % options_.groups != 0) {
    throw ValueError("Conv2D: filters must be a multiple of groups, given " + std::to_string(filters) + " and " +
                     std::to_string(options_.groups));
  }
}

void Conv2D::build(const Shape& input_shape) {
  compute_output_shape(input_shape);
  const int64_t channels = input_shape.back();
  if (channels < 1) throw ShapeError("the number of channels must be known, given " + input_shape.str());
  if (channels % options_.groups != 0) {
    throw ShapeError("expected a number of channels that is a multiple of " + std::to_string(options_.groups) +
                     " (groups), given " + input_shape.str());
  }
  kernel_ = add_weight("kernel", {kernel_size_[0], kernel_size_[1], channels / options_.groups, filters_},
                       options_.kernel_initializer, {.regularizer = options_.kernel_regularizer});
  if (options_.use_bias) {
    bias_ = add_weight("bias", {filters_}, options_.bias_initializer, {.regularizer = options_.bias_regularizer});
  }
}

Tensor Conv2D::call(const Tensor& x, bool) {
  const Tensor input = x.astype(dtype());
  if (options_.activation.is_fused()) return conv2d(input, kernel_, bias_, options_.activation.name(), op_options());
  return options_.activation(conv2d(input, kernel_, bias_, "linear", op_options()));
}

bool Conv2D::fuses(const Layer& next) const {
  // Not what a class derived from these makes of `call`.
  return options_.activation.is_fused() && dtype() == next.dtype() && typeid(*this) == typeid(Conv2D) &&
         typeid(next) == typeid(MaxPooling2D);
}

Tensor Conv2D::call_fused(const Layer& next, const Tensor& x, bool) {
  return conv2d_max_pool2d(x.astype(dtype()), kernel_, bias_, options_.activation.name(), op_options(),
                           static_cast<const MaxPooling2D&>(next).pool_options());
}

Conv2dOptions Conv2D::op_options() const {
  return {options_.strides, options_.padding, options_.dilation_rate, options_.groups};
}

Shape Conv2D::compute_output_shape(const Shape& input_shape) {
  return detail::window_output_shape(input_shape, kernel_size_, options_.strides, options_.dilation_rate,
                                     options_.padding, filters_);
}

}  // namespace xtape::layers
