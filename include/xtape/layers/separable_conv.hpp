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
struct SeparableConvOptions {
  Size<axes> strides = 1;
  /// "valid" or "same".
  std::string padding = "valid";
  Size<axes> dilation_rate = 1;
  /// Channels that the depthwise part makes of each input channel.
  int64_t depth_multiplier = 1;
  activations::Activation activation = {};
  bool use_bias = true;
  initializers::Initializer depthwise_initializer = "glorot_uniform";
  initializers::Initializer pointwise_initializer = "glorot_uniform";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer depthwise_regularizer = {};
  regularizers::Regularizer pointwise_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  regularizers::Regularizer activity_regularizer = {};
  constraints::Constraint depthwise_constraint = {};
  constraints::Constraint pointwise_constraint = {};
  constraints::Constraint bias_constraint = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};
using SeparableConv1DOptions = SeparableConvOptions<1>;
using SeparableConv2DOptions = SeparableConvOptions<2>;

/// A depthwise convolution, then one of single cells over its channels: inputs [batch, length, in] or [batch, height,
/// width, in], outputs [batch, ..., filters]. Weights: depthwise_kernel [sizes..., in, depth_multiplier],
/// pointwise_kernel [1..., in * depth_multiplier, filters], bias [filters].
template <std::size_t axes>
class XTAPE_API SeparableConv : public Layer {
 public:
  /// @throws ValueError for numbers below 1, an unknown padding, or the softmax of a single filter, which is a
  /// constant; in the first call ShapeError unless inputs hold a window.
  SeparableConv(Count filters, Size<axes> kernel_size,
                SeparableConvOptions<axes> options = {});  // refused? see SeparableConvOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static SeparableConv from_config(const Config& config);
};
using SeparableConv1D = SeparableConv<1>;
using SeparableConv2D = SeparableConv<2>;
// As Keras calls them too.
using SeparableConvolution1D = SeparableConv1D;
using SeparableConvolution2D = SeparableConv2D;

}  // namespace xtape::layers
