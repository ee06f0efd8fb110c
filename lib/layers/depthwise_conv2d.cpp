#include <xtape/detail/numbers.hpp>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/depthwise_conv2d.hpp>
#include <xtape/ops/conv.hpp>

#include "layers/single_unit.hpp"

namespace xtape::layers {

DepthwiseConv2D::DepthwiseConv2D(Size2d kernel_size, DepthwiseConv2DOptions options)
    : Layer({options.name, options.trainable, options.dtype, options.input_shape}),
      kernel_size_(kernel_size),
      options_(std::move(options)) {
  detail::check_positive("DepthwiseConv2D", "kernel_size", kernel_size_);
  detail::check_positive("DepthwiseConv2D", "strides", options_.strides);
  detail::check_positive("DepthwiseConv2D", "dilation_rate", options_.dilation_rate);
  detail::is_same_padding("DepthwiseConv2D", options_.padding);
  detail::check_at_least(1, "DepthwiseConv2D", "depth_multiplier", options_.depth_multiplier);
}

void DepthwiseConv2D::build(const Shape& input_shape) {
  compute_output_shape(input_shape);
  const int64_t channels = input_shape.back();
  if (channels < 1) throw ShapeError("the number of channels must be known, given " + input_shape.str());
  check_units("DepthwiseConv2D", "channels", channels * options_.depth_multiplier, options_.activation);
  kernel_ = add_weight("kernel", {kernel_size_[0], kernel_size_[1], channels, options_.depth_multiplier},
                       options_.depthwise_initializer, {.regularizer = options_.depthwise_regularizer});
  if (options_.use_bias) {
    bias_ = add_weight("bias", {channels * options_.depth_multiplier}, options_.bias_initializer,
                       {.regularizer = options_.bias_regularizer});
  }
}

Tensor DepthwiseConv2D::call(const Tensor& x, bool) {
  const int64_t channels = kernel_.shape(2);
  const Conv2dOptions op{options_.strides, options_.padding, options_.dilation_rate, channels};
  const Tensor kernel = kernel_.reshape({kernel_size_[0], kernel_size_[1], 1, channels * options_.depth_multiplier});
  const Tensor input = x.astype(dtype());
  if (options_.activation.is_fused()) return conv2d(input, kernel, bias_, options_.activation.name(), op);
  return options_.activation(conv2d(input, kernel, bias_, "linear", op));
}

Shape DepthwiseConv2D::compute_output_shape(const Shape& input_shape) {
  const int64_t channels = input_shape.rank() == 4 ? input_shape[3] : -1;
  return detail::window_output_shape(input_shape, kernel_size_, options_.strides, options_.dilation_rate,
                                     options_.padding, channels * options_.depth_multiplier);
}

}  // namespace xtape::layers
