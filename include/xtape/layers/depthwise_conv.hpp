#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/size.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

template <std::size_t axes>
struct DepthwiseConvOptions {
  Size<axes> strides = 1;
  /// "valid" or "same".
  std::string padding = "valid";
  /// Output channels per input channel.
  int64_t depth_multiplier = 1;
  Size<axes> dilation_rate = 1;
  activations::Activation activation = {};
  bool use_bias = true;
  initializers::Initializer depthwise_initializer = "glorot_uniform";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer depthwise_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  regularizers::Regularizer activity_regularizer = {};
  constraints::Constraint depthwise_constraint = {};
  constraints::Constraint bias_constraint = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};
using DepthwiseConv1DOptions = DepthwiseConvOptions<1>;
using DepthwiseConv2DOptions = DepthwiseConvOptions<2>;

/// Convolution of each channel by itself, over one axis or two: inputs [batch, length, in] or [batch, height, width,
/// in], outputs [batch, ..., in * depth_multiplier], those of one channel side by side. Weights: kernel [sizes..., in,
/// depth_multiplier], bias [in * depth_multiplier].
template <std::size_t axes>
class XTAPE_API DepthwiseConv : public Layer {
 public:
  /// @throws ValueError for numbers below 1 or an unknown padding; in the first call ShapeError unless inputs hold a
  /// window, ValueError for the softmax of a single channel.
  explicit DepthwiseConv(Size<axes> kernel_size, DepthwiseConvOptions<axes> options = {});  // refused? see its options
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static DepthwiseConv from_config(const Config& config);
};
using DepthwiseConv1D = DepthwiseConv<1>;
using DepthwiseConv2D = DepthwiseConv<2>;

}  // namespace xtape::layers
