#pragma once

#include <optional>
#include <string>
#include <xtape/config.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/fields.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

/// The limits of the corrections of batch renormalization; none by default.
struct RenormClipping {
  std::optional<double> rmax = std::nullopt;
  std::optional<double> rmin = std::nullopt;
  std::optional<double> dmax = std::nullopt;

  void fields(Fields& f) { f("rmax", rmax)("rmin", rmin)("dmax", dmax); }
};
/// Nothing where there are no limits.
XTAPE_API Config to_config(const RenormClipping& clipping);
XTAPE_API void from_config(const Config& config, RenormClipping& clipping);

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
  /// Batch renormalization (Ioffe, 2017): training normalizes towards moving statistics too.
  bool renorm = false;
  RenormClipping renorm_clipping = {};
  double renorm_momentum = 0.99;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta for each feature (Ioffe and Szegedy, 2015). In training mean
/// and biased variance are those of the batch, and moving ones follow them: moving = moving * momentum + batch *
/// (1 - momentum). Otherwise, and with trainable = false, the moving ones are used. Where the inputs have a mask
/// (mask.hpp), what it excludes has no part in the statistics of the batch. The shape stays. Weights, [features] each:
/// gamma, beta, moving_mean, moving_variance.
///
/// With `renorm`, training gives (y * r + d) * gamma + beta, where y is normalized by the batch, and the constants r
/// and d are what makes up for the distance from renorm_mean and renorm_stddev, within renorm_clipping; these follow
/// with renorm_momentum. More weights: moving_stddev, which moving_variance is made of, renorm_mean, renorm_stddev.
class XTAPE_API BatchNormalization : public Layer {
 public:
  /// @throws ValueError for a momentum outside [0, 1], an epsilon that is negative or not finite, and in
  /// renorm_clipping for rmin above rmax or a negative dmax; in the first call IndexError for an axis out of range,
  /// ShapeError if its length is unknown; ShapeError for a mask that has not one dimension less than the inputs.
  explicit BatchNormalization(BatchNormalizationOptions options = {});  // refused? see BatchNormalizationOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static BatchNormalization from_config(const Config& config);
};

}  // namespace xtape::layers
