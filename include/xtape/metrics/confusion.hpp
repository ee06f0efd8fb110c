#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/metrics/metric.hpp>
#include <xtape/metrics/numbers.hpp>

namespace xtape::metrics {

/// Metrics of true and false positives and negatives. A target is positive if it is not 0; a prediction, taken as
/// float32, if it exceeds the threshold, so that NaN never is. Targets and predictions are [...] of one shape, each
/// element of which counts; weights [batch], or of a longer leading part of that shape, weigh all that belongs to a
/// sample. With several thresholds `values()` are figures [thresholds], and `result()` is their mean. As in Keras these
/// metrics do not know masks: a weight of 0 leaves out. @throws, in update_state, ShapeError if shapes do not fit.

struct CountOptions {
  /// In [0, 1]: one, or a list. Default: 0.5.
  Numbers thresholds = {};
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// The weights of positive samples that are found, summed. @throws, these four, ValueError for a threshold outside
/// [0, 1] and for an empty list.
class XTAPE_API TruePositives : public Metric {
 public:
  explicit TruePositives(CountOptions options = {});
};

/// The weights of negative samples that are taken for positive ones, summed.
class XTAPE_API FalsePositives : public Metric {
 public:
  explicit FalsePositives(CountOptions options = {});
};

/// The weights of negative samples that are found, summed.
class XTAPE_API TrueNegatives : public Metric {
 public:
  explicit TrueNegatives(CountOptions options = {});
};

/// The weights of positive samples that are taken for negative ones, summed.
class XTAPE_API FalseNegatives : public Metric {
 public:
  explicit FalseNegatives(CountOptions options = {});
};

struct PrecisionOptions {
  /// In [0, 1]: one, or a list. Default: 0.5; with top_k all of the k predictions are positive.
  Numbers thresholds = {};
  /// How many of the predictions of a row, the largest, may be positive; the first ones of those that are equal.
  std::optional<int64_t> top_k = std::nullopt;
  /// The class, a position in the last axis, that alone counts.
  std::optional<int64_t> class_id = std::nullopt;
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};
using RecallOptions = PrecisionOptions;

/// tp / (tp + fp), or 0 where that is 0 / 0. @throws ValueError for a threshold outside [0, 1], an empty list,
/// top_k < 1 or class_id < 0; in update_state ValueError for a top_k above the number of predictions, IndexError for a
/// class_id that is none of the classes.
class XTAPE_API Precision : public Metric {
 public:
  explicit Precision(PrecisionOptions options = {});
};

/// tp / (tp + fn), or 0 where that is 0 / 0. @throws as Precision.
class XTAPE_API Recall : public Metric {
 public:
  explicit Recall(RecallOptions options = {});
};

}  // namespace xtape::metrics
