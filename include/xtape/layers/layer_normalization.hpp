#pragma once

#include <string>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct LayerNormalizationOptions {
  /// The axis or axes that are normalized together, within each sample.
  Axes axis = -1;
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

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta over some axes of each sample, with the biased variance
/// (Ba et al., 2016). The shape stays. Weights gamma and beta have the lengths of these axes, in ascending order.
class XTAPE_API LayerNormalization : public Layer {
 public:
  /// @throws ValueError for an epsilon that is negative or not finite; in the first call IndexError for an axis out of
  /// range, ValueError for one given twice, ShapeError for one whose length is unknown, as that of the batch, or if
  /// there is none; later ShapeError for other lengths of these axes.
  explicit LayerNormalization(LayerNormalizationOptions options = {});  // refused? see LayerNormalizationOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static LayerNormalization from_config(const Config& config);
};

}  // namespace xtape::layers
