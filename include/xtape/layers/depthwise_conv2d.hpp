#pragma once

#include <cstdint>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/size2d.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct DepthwiseConv2DOptions {
  Size2d strides = 1;
  /// "valid" or "same".
  std::string padding = "valid";
  /// Output channels per input channel.
  int64_t depth_multiplier = 1;
  Size2d dilation_rate = 1;
  activations::Activation activation = {};
  bool use_bias = true;
  initializers::Initializer depthwise_initializer = "glorot_uniform";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer depthwise_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  constraints::Constraint depthwise_constraint = {};
  constraints::Constraint bias_constraint = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Two-dimensional convolution of each channel by itself: [batch, height, width, in] -> [batch, out_height,
/// out_width, in * depth_multiplier]. Weights: kernel [kernel_height, kernel_width, in, depth_multiplier],
/// bias [in * depth_multiplier].
class XTAPE_API DepthwiseConv2D : public Layer {
 public:
  /// @throws ValueError for numbers below 1 or an unknown padding; in the first call ShapeError unless inputs are
  /// images that hold a window, ValueError for the softmax of a single channel.
  explicit DepthwiseConv2D(Size2d kernel_size, DepthwiseConv2DOptions options = {});  // refused? see its options
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static DepthwiseConv2D from_config(const Config& config);
};

}  // namespace xtape::layers
