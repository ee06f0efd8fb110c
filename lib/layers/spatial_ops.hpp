#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <xtape/layers/size.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/pool.hpp>

namespace xtape::layers {

// A convolution with what follows it, in one pass.
template <class Options>
using ConvOp = Tensor (*)(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                          const Options& options);
template <class Options>
using SeparableConvOp = Tensor (*)(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                                   const Tensor& bias, const std::string& activation, const Options& options);

// The operations over so many spatial axes, and their options.
template <std::size_t axes>
struct SpatialOps;

template <>
struct SpatialOps<1> {
  using ConvOptions = Conv1dOptions;
  using ConvTransposeOptions = ConvTranspose1dOptions;
  using DepthwiseConvOptions = DepthwiseConv1dOptions;
  using PoolOptions = Pool1dOptions;
  static constexpr ConvOp<ConvOptions> conv = conv1d;
  static constexpr ConvOp<ConvTransposeOptions> conv_transpose = conv_transpose1d;
  static constexpr ConvOp<DepthwiseConvOptions> depthwise_conv = depthwise_conv1d;
  static constexpr SeparableConvOp<DepthwiseConvOptions> separable_conv = separable_conv1d;
  static constexpr auto max_pool = max_pool1d;
  static constexpr auto avg_pool = avg_pool1d;
  static constexpr auto adaptive_max_pool = adaptive_max_pool1d;
  static constexpr auto adaptive_avg_pool = adaptive_avg_pool1d;
};

template <>
struct SpatialOps<2> {
  using ConvOptions = Conv2dOptions;
  using ConvTransposeOptions = ConvTranspose2dOptions;
  using DepthwiseConvOptions = DepthwiseConv2dOptions;
  using PoolOptions = Pool2dOptions;
  static constexpr ConvOp<ConvOptions> conv = conv2d;
  static constexpr ConvOp<ConvTransposeOptions> conv_transpose = conv_transpose2d;
  static constexpr ConvOp<DepthwiseConvOptions> depthwise_conv = depthwise_conv2d;
  static constexpr SeparableConvOp<DepthwiseConvOptions> separable_conv = separable_conv2d;
  static constexpr auto max_pool = max_pool2d;
  static constexpr auto avg_pool = avg_pool2d;
  static constexpr auto adaptive_max_pool = adaptive_max_pool2d;
  static constexpr auto adaptive_avg_pool = adaptive_avg_pool2d;
};

template <>
struct SpatialOps<3> {
  using ConvOptions = Conv3dOptions;
  using ConvTransposeOptions = ConvTranspose3dOptions;
  using PoolOptions = Pool3dOptions;
  static constexpr ConvOp<ConvOptions> conv = conv3d;
  static constexpr ConvOp<ConvTransposeOptions> conv_transpose = conv_transpose3d;
  static constexpr auto max_pool = max_pool3d;
  static constexpr auto avg_pool = avg_pool3d;
  static constexpr auto adaptive_max_pool = adaptive_max_pool3d;
  static constexpr auto adaptive_avg_pool = adaptive_avg_pool3d;
};

// A size as these take it: of one axis a number.
inline int64_t op_size(const Size<1>& size) { return size[0]; }
template <std::size_t axes>
std::array<int64_t, axes> op_size(const Size<axes>& size) {
  return size;
}
template <std::size_t axes>
auto op_size(const std::optional<Size<axes>>& size) {
  std::optional<decltype(op_size(*size))> result;
  if (size) result = op_size(*size);
  return result;
}

}  // namespace xtape::layers
