#include <string>
#include <xtape/ops/conv.hpp>

#include "ops/convolution/conv_geometry.hpp"
#include "ops/convolution/convolution.hpp"
#include "ops/convolution/lines.hpp"
#include "ops/linalg/bias_activation.hpp"

namespace xtape {
namespace {

template <std::size_t N>
Tensor conv(const char* operation, const Tensor& x, const Tensor& kernel, const ops::ConvSettings& settings) {
  ops::check_types(operation, x, kernel, Tensor());
  const auto geometry = ops::conv_geometry<N>(operation, x.shape(), kernel.shape(), settings);
  return ops::from_image<N>(ops::convolve(ops::as_image<N>(x), ops::as_image_kernel<N>(kernel), geometry));
}

template <std::size_t N>
Tensor conv(const char* operation, const Tensor& x, const Tensor& kernel, const Tensor& bias,
            const std::string& activation_name, const ops::ConvSettings& settings) {
  ops::check_types(operation, x, kernel, bias);
  const auto geometry = ops::conv_geometry<N>(operation, x.shape(), kernel.shape(), settings);
  ops::check_bias(operation, bias, ops::plane_of(geometry).out_channels);
  const kernels::Activation activation = ops::activation_named(operation, activation_name);
  return ops::from_image<N>(
      ops::convolve(ops::as_image<N>(x), ops::as_image_kernel<N>(kernel), bias, activation, geometry));
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& kernel, const Conv1dOptions& options) {
  return conv<1>("conv1d", x, kernel, ops::settings_of_conv(options));
}

Tensor conv2d(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options) {
  return conv<2>("conv2d", x, kernel, ops::settings_of_conv(options));
}

Tensor conv3d(const Tensor& x, const Tensor& kernel, const Conv3dOptions& options) {
  return conv<3>("conv3d", x, kernel, ops::settings_of_conv(options));
}

Tensor conv1d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
              const Conv1dOptions& options) {
  return conv<1>("conv1d", x, kernel, bias, activation, ops::settings_of_conv(options));
}

Tensor conv2d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
              const Conv2dOptions& options) {
  return conv<2>("conv2d", x, kernel, bias, activation, ops::settings_of_conv(options));
}

Tensor conv3d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
              const Conv3dOptions& options) {
  return conv<3>("conv3d", x, kernel, bias, activation, ops::settings_of_conv(options));
}

}  // namespace xtape
