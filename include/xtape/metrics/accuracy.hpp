#pragma once

#include <cstdint>
#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// In all of these a NaN among what is compared is a miss. @throws, in update_state, ShapeError if shapes do not fit.

/// How often y_true equals y_pred, element by element.
class XTAPE_API Accuracy : public Metric {
 public:
  explicit Accuracy(std::string name = "accuracy");
};

struct BinaryAccuracyOptions {
  std::string name = "binary_accuracy";
  double threshold = 0.5;

  XTAPE_API void fields(Fields& f);
};

/// How often y_true equals y_pred > threshold. A threshold of 0 belongs to logits.
class XTAPE_API BinaryAccuracy : public Metric {
 public:
  /// @throws ValueError unless the threshold is finite.
  explicit BinaryAccuracy(BinaryAccuracyOptions options = {});
};

/// How often the largest prediction is where the largest target is, for targets such as one-hot rows.
class XTAPE_API CategoricalAccuracy : public Metric {
 public:
  explicit CategoricalAccuracy(std::string name = "categorical_accuracy");
};

/// How often the largest prediction is at the label. A label that names no class is a miss, as in Keras: a fraction,
/// one that the loss ignores.
class XTAPE_API SparseCategoricalAccuracy : public Metric {
 public:
  explicit SparseCategoricalAccuracy(std::string name = "sparse_categorical_accuracy");
};

struct TopKOptions {
  int64_t k = 5;
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// How often the target's class is among the k largest predictions, for targets such as one-hot rows.
class XTAPE_API TopKCategoricalAccuracy : public Metric {
 public:
  /// @throws ValueError if k < 1.
  explicit TopKCategoricalAccuracy(TopKOptions options = {});
};

struct SparseTopKOptions {
  int64_t k = 5;
  /// Default: Keras's name of the class.
  std::string name = {};
  /// Whether predictions are not scores of all classes but the classes themselves, best first.
  bool from_sorted_ids = false;

  XTAPE_API void fields(Fields& f);
};

/// How often the label is among the k largest predictions. A label that names no class is a miss, as in Keras on
/// TensorFlow, which however drops fractions.
class XTAPE_API SparseTopKCategoricalAccuracy : public Metric {
 public:
  /// @throws ValueError if k < 1.
  explicit SparseTopKCategoricalAccuracy(SparseTopKOptions options = {});
};

/// What "accuracy" means in compile: binary, sparse categorical or categorical accuracy, by the shapes of the
/// first batch. Predictions whose last length is 1 are binary; targets of a lower rank than the predictions,
/// or whose last length is 1, are labels.
class XTAPE_API AccuracyByShape : public Metric {
 public:
  explicit AccuracyByShape(std::string name = "accuracy");
};

}  // namespace xtape::metrics
