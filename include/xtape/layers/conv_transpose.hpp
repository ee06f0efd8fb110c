#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/size.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

template <std::size_t axes>
struct ConvTransposeOptions {
  Size<axes> strides = 1;
  /// "valid" or "same".
  std::string padding = "valid";
  /// Cells by which the result is longer than it need be, below the strides; see ConvTranspose2dOptions (ops/conv.hpp)
  /// for its lengths, with this and without.
  std::optional<Size<axes>> output_padding = std::nullopt;
  Size<axes> dilation_rate = 1;
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
using Conv1DTransposeOptions = ConvTransposeOptions<1>;
using Conv2DTransposeOptions = ConvTransposeOptions<2>;
using Conv3DTransposeOptions = ConvTransposeOptions<3>;

/// Transposed convolution over one, two or three axes, channels last: each cell of the inputs, [batch, length, in],
/// [batch, height, width, in] or [batch, depth, height, width, in], adds the kernel, weighed by its channels, to the
/// outputs [batch, ..., filters]. Weights: kernel [sizes..., filters, in], bias [filters].
template <std::size_t axes>
class XTAPE_API ConvTranspose : public Layer {
 public:
  /// @throws ValueError for numbers below 1, an output_padding that is negative or not below the strides, an unknown
  /// padding, or the softmax of a single filter, which is a constant; in the first call ShapeError unless inputs have
  /// these axes, and the outputs cells.
  ConvTranspose(Count filters, Size<axes> kernel_size,
                ConvTransposeOptions<axes> options = {});  // refused? see ConvTransposeOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static ConvTranspose from_config(const Config& config);
};
using Conv1DTranspose = ConvTranspose<1>;
using Conv2DTranspose = ConvTranspose<2>;
using Conv3DTranspose = ConvTranspose<3>;
// As Keras calls them too.
using Convolution1DTranspose = Conv1DTranspose;
using Convolution2DTranspose = Conv2DTranspose;
using Convolution3DTranspose = Conv3DTranspose;

}  // namespace xtape::layers
