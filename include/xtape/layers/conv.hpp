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
struct ConvOptions {
  Size<axes> strides = 1;
  /// "valid" or "same"; of Conv1D "causal" too: as "same", with all padding before the sequence.
  std::string padding = "valid";
  Size<axes> dilation_rate = 1;
  int64_t groups = 1;
  activations::Activation activation = {};
  bool use_bias = true;
  initializers::Initializer kernel_initializer = "glorot_uniform";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer kernel_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  regularizers::Regularizer activity_regularizer = {};
  constraints::Constraint kernel_constraint = {};
  constraints::Constraint bias_constraint = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};
using Conv1DOptions = ConvOptions<1>;
using Conv2DOptions = ConvOptions<2>;
using Conv3DOptions = ConvOptions<3>;

/// Convolution over one, two or three axes, channels last: inputs [batch, length, in], [batch, height, width, in] or
/// [batch, depth, height, width, in], outputs [batch, ..., filters]. Weights: kernel [sizes..., in / groups, filters],
/// bias [filters].
template <std::size_t axes>
class XTAPE_API Conv : public Layer {
 public:
  /// @throws ValueError for numbers below 1, filters not divisible by groups, an unknown padding, or the softmax of a
  /// single filter, which is a constant; in the first call ShapeError unless inputs hold a window, with channels
  /// divisible by groups.
  Conv(Count filters, Size<axes> kernel_size, ConvOptions<axes> options = {});  // refused? see ConvOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Conv from_config(const Config& config);
};
using Conv1D = Conv<1>;
using Conv2D = Conv<2>;
using Conv3D = Conv<3>;
// As Keras calls them too.
using Convolution1D = Conv1D;
using Convolution2D = Conv2D;
using Convolution3D = Conv3D;

}  // namespace xtape::layers
