#pragma once

#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct DenseOptions {
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

/// activation(x @ kernel + bias): inputs [batch, ..., in], outputs [batch, ..., units].
/// Weights: kernel [in, units], bias [units].
class XTAPE_API Dense : public Layer {
 public:
  /// @throws ValueError if units < 1, or for the softmax of a single unit, which is a constant.
  explicit Dense(Count units, DenseOptions options = {});  // refused? see DenseOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Dense from_config(const Config& config);
};

}  // namespace xtape::layers
