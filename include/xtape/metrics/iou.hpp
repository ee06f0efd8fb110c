#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// Intersection over union, tp / (tp + fp + fn), of classes of samples or pixels: the mean over those target classes
/// that occur in targets or predictions; 0 if none does. What is counted is a confusion matrix, the state
/// "total_confusion_matrix" [classes of targets, classes of predictions].
///
/// Targets and predictions are classes [...], or with sparse_... = false scores or one-hot rows, of which the largest
/// along `axis` is the class. A class outside [0, num_classes) does not count, as in Keras 3.16, nor does a target
/// ignore_class. Weights [batch], or of a longer leading part of the shape of the classes, are whole numbers as long as
/// `dtype` is: fractions are cut off, as in Keras; .dtype = float32 counts them. Masks are not known, as in Keras.
/// @throws ValueError for num_classes < 1, no target class, or one outside [0, num_classes); in update_state ShapeError
/// if shapes do not fit, IndexError for an axis that there is not.

struct IoUOptions {
  int64_t num_classes = 0;
  /// The classes that count in the mean.
  std::vector<int64_t> target_class_ids = {};
  /// Default: Keras's name of the class.
  std::string name = {};
  DType dtype = int32;
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
  Axis axis = -1;

  XTAPE_API void fields(Fields& f);
};

class XTAPE_API IoU : public Metric {
 public:
  explicit IoU(IoUOptions options = {});
};

struct MeanIoUOptions {
  int64_t num_classes = 0;
  std::string name = {};
  DType dtype = int32;
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
  Axis axis = -1;

  XTAPE_API void fields(Fields& f);
};

/// IoU of all classes.
class XTAPE_API MeanIoU : public Metric {
 public:
  explicit MeanIoU(MeanIoUOptions options = {});
};

struct BinaryIoUOptions {
  std::vector<int64_t> target_class_ids = {0, 1};
  /// Predictions of at least that are of class 1.
  double threshold = 0.5;
  std::string name = {};
  DType dtype = int32;

  XTAPE_API void fields(Fields& f);
};

/// IoU of the classes 0 and 1, for predictions that are probabilities or logits. @throws ValueError unless the
/// threshold is finite.
class XTAPE_API BinaryIoU : public Metric {
 public:
  explicit BinaryIoU(BinaryIoUOptions options = {});
};

struct OneHotIoUOptions {
  int64_t num_classes = 0;
  std::vector<int64_t> target_class_ids = {};
  std::string name = {};
  DType dtype = int32;
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_pred = false;
  Axis axis = -1;

  XTAPE_API void fields(Fields& f);
};

/// IoU of one-hot targets.
class XTAPE_API OneHotIoU : public Metric {
 public:
  explicit OneHotIoU(OneHotIoUOptions options = {});
};

struct OneHotMeanIoUOptions {
  int64_t num_classes = 0;
  std::string name = {};
  DType dtype = int32;
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_pred = false;
  Axis axis = -1;

  XTAPE_API void fields(Fields& f);
};

/// IoU of all classes, of one-hot targets.
class XTAPE_API OneHotMeanIoU : public Metric {
 public:
  explicit OneHotMeanIoU(OneHotMeanIoUOptions options = {});
};

}  // namespace xtape::metrics
