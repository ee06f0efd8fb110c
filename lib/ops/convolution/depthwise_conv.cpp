#include <string>
#include <xtape/ops/conv.hpp>

#include "ops/convolution/conv_geometry.hpp"
#include "ops/convolution/convolution.hpp"
#include "ops/convolution/lines.hpp"
#include "ops/linalg/bias_activation.hpp"

namespace xtape {
namespace {

template <std::size_t N>
Tensor depthwise_conv(const char* operation, const Tensor& x, const Tensor& kernel, const Tensor& bias,
                      const std::string& activation_name, const ops::ConvSettings& settings) {
  ops::check_types(operation, x, kernel, bias);
  const auto geometry = ops::depthwise_conv_geometry<N>(operation, x.shape(), kernel.shape(), settings);
  ops::check_bias(operation, bias, geometry.out_channels);
  const kernels::Activation activation = ops::activation_named(operation, activation_name);
  // A group for each channel, its filters side by side.
  const Tensor image = ops::as_image<N>(x), filters = reshape(kernel, ops::kernel_shape(geometry));
  const bool plain = !bias.defined() && activation == kernels::Activation::linear;
  return ops::from_image<N>(plain ? ops::convolve(image, filters, geometry)
                                  : ops::convolve(image, filters, bias, activation, geometry));
}

}  // namespace

Tensor depthwise_conv1d(const Tensor& x, const Tensor& kernel, const DepthwiseConv1dOptions& options) {
  return depthwise_conv1d(x, kernel, Tensor(), "linear", options);
}

Tensor depthwise_conv2d(const Tensor& x, const Tensor& kernel, const DepthwiseConv2dOptions& options) {
  return depthwise_conv2d(x, kernel, Tensor(), "linear", options);
}

Tensor depthwise_conv1d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                        const DepthwiseConv1dOptions& options) {
  return depthwise_conv<1>("depthwise_conv1d", x, kernel, bias, activation, ops::settings_of_conv(options));
}

Tensor depthwise_conv2d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                        const DepthwiseConv2dOptions& options) {
  return depthwise_conv<2>("depthwise_conv2d", x, kernel, bias, activation, ops::settings_of_conv(options));
}

}  // namespace xtape
