#pragma once

#include <string>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct BatchNormalizationOptions {
  /// The axis of the features; all others are averaged over.
  Axis axis = -1;
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  initializers::Initializer beta_initializer = "zeros";
  initializers::Initializer gamma_initializer = "ones";
  initializers::Initializer moving_mean_initializer = "zeros";
  initializers::Initializer moving_variance_initializer = "ones";
  regularizers::Regularizer beta_regularizer = {};
  regularizers::Regularizer gamma_regularizer = {};
  constraints::Constraint beta_constraint = {};
  constraints::Constraint gamma_constraint = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta for each feature (Ioffe and Szegedy, 2015). In training mean
/// and biased variance are those of the batch, and moving ones follow them: moving = moving * momentum + batch *
/// (1 - momentum). Otherwise, and with trainable = false, the moving ones are used. The shape stays. Weights,
/// [features] each: gamma, beta, moving_mean, moving_variance.
class XTAPE_API BatchNormalization : public Layer {
 public:
  /// @throws ValueError for a momentum outside [0, 1] or an epsilon that is negative or not finite; in the first call
  /// IndexError for an axis out of range, ShapeError if its length is unknown.
  explicit BatchNormalization(BatchNormalizationOptions options = {});  // refused? see BatchNormalizationOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static BatchNormalization from_config(const Config& config);
};

}  // namespace xtape::layers
