#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/metrics/metric.hpp>
#include <xtape/metrics/numbers.hpp>

namespace xtape::metrics {

struct AUCOptions {
  /// How many points the curve has: evenly spaced thresholds from 0 to 1. The first ones lie a little outside.
  int64_t num_thresholds = 200;
  /// "ROC", "PR" (precision over recall) or "PRGAIN" (precision gain over recall gain).
  std::string curve = "ROC";
  /// The height between two points: "interpolation" (their mean; of "PR" by interpolated true positives, Davis and
  /// Goadrich 2006), "minoring" (the lower one) or "majoring" (the higher one).
  std::string summation_method = "interpolation";
  /// Default: "auc".
  std::string name = {};
  /// In [0, 1], instead of num_thresholds: 0 and 1 are added.
  Numbers thresholds = {};
  /// Whether each position of the last axis has a curve of its own, whose areas are averaged; predictions are
  /// [batch, labels] then. Otherwise all elements are samples of one curve.
  bool multi_label = false;
  /// With multi_label. Default: that of the first batch.
  std::optional<int64_t> num_labels = std::nullopt;
  /// The weight of each label: in the average of the areas or, without multi_label, of its elements.
  Numbers label_weights = {};
  /// Whether a sigmoid makes probabilities of the predictions.
  bool from_logits = false;

  XTAPE_API void fields(Fields& f);
};

/// The area under a curve over thresholds. Targets, predictions, which are clipped to [0, 1] where thresholds are
/// evenly spaced, and weights are those of Precision (confusion.hpp).
class XTAPE_API AUC : public Metric {
 public:
  /// @throws ValueError for num_thresholds < 2, an unknown curve or method, thresholds outside [0, 1], num_labels below
  /// 1 or without multi_label, and for label_weights that are negative, none, or not one for each of num_labels. In
  /// update_state it throws ShapeError for another number of labels too.
  explicit AUC(AUCOptions options = {});
};

}  // namespace xtape::metrics
