#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// Losses of areas: targets and predictions in [0, 1] say what belongs to them, and the loss is what they do not have
/// in common. They are taken over `axis`, all axes by default, the batch among them: one value for all then. Axes {1,
/// 2, 3} give one for each image [batch, height, width, channels]. @throws ValueError for targets outside [0, 1],
/// naming the first one, or an axis given twice; IndexError for an axis out of range; ShapeError as mean_squared_error.

/// 1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred) + 1e-7). Source: Milletari et al., V-Net, 2016.
XTAPE_API Tensor dice(const Tensor& y_true, const Tensor& y_pred, const Axes& axis = {});
/// 1 - c / (c + alpha * sum((1 - y_true) * y_pred) + beta * sum(y_true * (1 - y_pred)) + 1e-7) for c = sum(y_true *
/// y_pred): `alpha` weighs false positives, `beta` false negatives (in Keras since 3.16; up to 3.15 the other way
/// round). With 1/2 for both it is the dice loss. Source: Salehi et al., Tversky loss function for image segmentation,
/// 2017. @throws also ValueError unless both are finite and not negative.
XTAPE_API Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha = 0.5, double beta = 0.5,
                         const Axes& axis = {});

struct DiceOptions {
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};
  Axes axis = {};

  XTAPE_API void fields(Fields& f);
};

/// dice, reduced.
class XTAPE_API Dice : public Loss {
 public:
  explicit Dice(DiceOptions options = {});
};

struct TverskyOptions {
  double alpha = 0.5;
  double beta = 0.5;
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};
  Axes axis = {};

  XTAPE_API void fields(Fields& f);
};

/// tversky, reduced.
class XTAPE_API Tversky : public Loss {
 public:
  explicit Tversky(TverskyOptions options = {});
};

}  // namespace xtape::losses
