#pragma once

#include <concepts>
#include <initializer_list>
#include <vector>
#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// Cross-entropies that count what is predicted well the less, the surer it is predicted, by a factor of (1 - p)^gamma
/// for the probability p of what is right. Source: Lin et al., Focal loss for dense object detection, 2017.

struct BinaryFocalCrossentropyOptions {
  /// Whether targets 1 are weighed by alpha, targets 0 by 1 - alpha.
  bool apply_class_balancing = false;
  /// In [0, 1].
  double alpha = 0.25;
  /// Not negative; 0 gives the cross-entropy.
  double gamma = 2;
  /// Whether predictions are logits instead of probabilities.
  bool from_logits = false;
  /// s in [0, 1]: targets become y * (1 - s) + s / 2.
  double label_smoothing = 0;
  /// Over which the mean is taken.
  Axis axis = -1;
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// mean((1 - p)^gamma * binary_crossentropy) over `axis`, with p = y_true * y_pred + (1 - y_true) * (1 - y_pred).
/// @throws ValueError for options outside their ranges; as binary_crossentropy.
XTAPE_API Tensor binary_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                           const BinaryFocalCrossentropyOptions& options = {});

/// binary_focal_crossentropy, reduced. @throws ValueError for options outside their ranges.
class XTAPE_API BinaryFocalCrossentropy : public Loss {
 public:
  explicit BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions options = {});
};

/// One number for all classes, or one for each: `0.25`, `{0.2, 0.3, 0.5}`.
class ClassFactors {
 public:
  template <std::convertible_to<double> One>
  ClassFactors(One one) : values_{static_cast<double>(one)} {}
  ClassFactors(std::initializer_list<double> several) : values_(several) {}
  ClassFactors(std::vector<double> several) : values_(std::move(several)) {}

  const std::vector<double>& values() const noexcept { return values_; }

 private:
  std::vector<double> values_;
};
/// One number as a number, several as a list.
XTAPE_API Config to_config(const ClassFactors& factors);
XTAPE_API void from_config(const Config& config, ClassFactors& factors);

struct CategoricalFocalCrossentropyOptions {
  /// Factors of the classes, not negative.
  ClassFactors alpha = 0.25;
  /// Not negative; 0 gives alpha times the cross-entropy.
  double gamma = 2;
  /// Whether predictions are logits instead of probabilities.
  bool from_logits = false;
  /// s in [0, 1]: targets become y * (1 - s) + s / classes.
  double label_smoothing = 0;
  /// Along which the classes lie.
  Axis axis = -1;
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// -sum(alpha * (1 - p)^gamma * y_true * log(p)) along `axis`, for targets such as one-hot rows and p as in
/// categorical_crossentropy. @throws ValueError for options outside their ranges, or if alpha has neither one number
/// nor one for each class; as categorical_crossentropy.
XTAPE_API Tensor categorical_focal_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                                const CategoricalFocalCrossentropyOptions& options = {});

/// categorical_focal_crossentropy, reduced. @throws ValueError for options outside their ranges.
class XTAPE_API CategoricalFocalCrossentropy : public Loss {
 public:
  explicit CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions options = {});
};

}  // namespace xtape::losses
