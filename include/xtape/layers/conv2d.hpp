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

struct Conv2DOptions {
  Size2d strides = 1;
  /// "valid" or "same".
  std::string padding = "valid";
  Size2d dilation_rate = 1;
  int64_t groups = 1;
  activations::Activation activation = {};
  bool use_bias = true;
  initializers::Initializer kernel_initializer = "glorot_uniform";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer kernel_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  constraints::Constraint kernel_constraint = {};
  constraints::Constraint bias_constraint = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Two-dimensional convolution, channels last: inputs [batch, height, width, in], outputs
/// [batch, out_height, out_width, filters]. Weights: kernel [kernel_height, kernel_width, in / groups,
/// filters], bias [filters].
class XTAPE_API Conv2D : public Layer {
 public:
  /// @throws ValueError for numbers below 1, filters not divisible by groups, an unknown padding, or the softmax of a
  /// single filter, which is a constant; in the first call ShapeError unless inputs are images that hold a window, with
  /// channels divisible by groups.
  Conv2D(Count filters, Size2d kernel_size, Conv2DOptions options = {});  // refused? see Conv2DOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Conv2D from_config(const Config& config);
};

}  // namespace xtape::layers
