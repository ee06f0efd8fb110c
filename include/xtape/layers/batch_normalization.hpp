#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct BatchNormalizationOptions {
  /// The axis of the features; all others are averaged over.
  Axis axis = -1;
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  NameOr<initializers::Initializer> beta_initializer = "zeros";
  NameOr<initializers::Initializer> gamma_initializer = "ones";
  NameOr<initializers::Initializer> moving_mean_initializer = "zeros";
  NameOr<initializers::Initializer> moving_variance_initializer = "ones";
  NameOr<regularizers::Regularizer> beta_regularizer = {};
  NameOr<regularizers::Regularizer> gamma_regularizer = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
};

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta for each feature (Ioffe and Szegedy, 2015). In training mean
/// and biased variance are those of the batch, and moving ones follow them: moving = moving * momentum + batch *
/// (1 - momentum). Otherwise, and with trainable = false, the moving ones are used. The shape stays. Weights,
/// [features] each: gamma, beta, moving_mean, moving_variance.
class XTAPE_API BatchNormalization : public Layer {
 public:
  /// @throws ValueError for a momentum outside [0, 1] or an epsilon that is negative or not finite.
  explicit BatchNormalization(BatchNormalizationOptions options = {});
  /// @throws IndexError for an axis out of range, ShapeError if its length is unknown.
  void build(const Shape& input_shape) override;
  Tensor call(const Tensor& x, bool training) override;
  /// A ReLU of the default options or an Activation by the name of relu or tanh that follows, if the layer is built,
  /// the axis is the last one and both have one dtype.
  bool fuses(const Layer& next) const override;
  Tensor call_fused(const Layer& next, const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 protected:
  void check_input(const Shape& shape) const override;

 private:
  Tensor normalize(const Tensor& x, bool training, const std::string& activation);
  int axis_of(const Shape& shape) const;

  BatchNormalizationOptions options_;
  Tensor gamma_;
  Tensor beta_;
  Tensor moving_mean_;
  Tensor moving_variance_;
};

}  // namespace xtape::layers
