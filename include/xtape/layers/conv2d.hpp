#pragma once

#include <cstdint>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/size2d.hpp>
#include <xtape/ops/conv.hpp>

namespace xtape::layers {

struct Conv2DOptions {
  Size2d strides = 1;
  /// "valid" or "same".
  std::string padding = "valid";
  Size2d dilation_rate = 1;
  int64_t groups = 1;
  activations::Activation activation = {};
  bool use_bias = true;
  NameOr<initializers::Initializer> kernel_initializer = "glorot_uniform";
  NameOr<initializers::Initializer> bias_initializer = "zeros";
  NameOr<regularizers::Regularizer> kernel_regularizer = {};
  NameOr<regularizers::Regularizer> bias_regularizer = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
};

/// Two-dimensional convolution, channels last: inputs [batch, height, width, in], outputs
/// [batch, out_height, out_width, filters]. Weights: kernel [kernel_height, kernel_width, in / groups,
/// filters], bias [filters].
class XTAPE_API Conv2D : public Layer {
 public:
  /// @throws ValueError for numbers below 1, filters not divisible by groups, an unknown padding, or the softmax of a
  /// single filter, which is a constant.
  Conv2D(Count filters, Size2d kernel_size, Conv2DOptions options = {});
  /// @throws ShapeError unless inputs are images that hold a window, with channels divisible by groups.
  void build(const Shape& input_shape) override;
  Tensor call(const Tensor& x, bool training) override;
  /// A MaxPooling2D of the same dtype that follows, if the activation is linear or Activation::is_fused().
  bool fuses(const Layer& next) const override;
  Tensor call_fused(const Layer& next, const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 private:
  Conv2dOptions op_options() const;

  int64_t filters_;
  Size2d kernel_size_;
  Conv2DOptions options_;
  Tensor kernel_;
  Tensor bias_;
};

}  // namespace xtape::layers
