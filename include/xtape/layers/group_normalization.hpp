#pragma once

#include <cstdint>
#include <string>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct GroupNormalizationOptions {
  /// Number of groups of neighbouring channels; -1 makes each channel one (instance normalization).
  int64_t groups = 32;
  /// The axis of the channels.
  Axis axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  initializers::Initializer beta_initializer = "zeros";
  initializers::Initializer gamma_initializer = "ones";
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

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta over groups of channels together with all places of each
/// sample, with the biased variance (Wu and He, 2018): inputs of at least two dimensions. The shape stays. Weights,
/// [channels] each: gamma, beta.
class XTAPE_API GroupNormalization : public Layer {
 public:
  /// @throws ValueError for a number of groups that is neither positive nor -1, or an epsilon that is negative or not
  /// finite; in the first call IndexError for an axis out of range, or that of the batch, ShapeError if its length is
  /// unknown, ValueError unless the groups divide it; later ShapeError for another length.
  explicit GroupNormalization(GroupNormalizationOptions options = {});  // refused? see GroupNormalizationOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static GroupNormalization from_config(const Config& config);
};

}  // namespace xtape::layers
