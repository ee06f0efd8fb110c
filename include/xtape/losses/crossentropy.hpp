#pragma once

#include <optional>
#include <xtape/losses/loss.hpp>

namespace xtape::losses {

struct CrossentropyOptions {
  /// Whether predictions are logits instead of probabilities.
  bool from_logits = false;
  /// s in [0, 1]: targets become y * (1 - s) + s / classes (s / 2 for the binary one).
  double label_smoothing = 0;
  /// Along which the classes lie; of the binary one, over which the mean is taken.
  Axis axis = -1;
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// Of targets in [0, 1], mean over `axis`. Probabilities are clipped to [1e-7, 1 - 1e-7], unless they are seen
/// to come from a sigmoid, whose logits are used then. @throws ValueError for targets outside [0, 1], naming the first
/// one, or label_smoothing outside [0, 1]; IndexError for an axis out of range; ShapeError as mean_squared_error.
XTAPE_API Tensor binary_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                     const CrossentropyOptions& options = {});
/// -sum(y_true * log(y_pred)) along `axis`, for targets such as one-hot rows. Probabilities are scaled
/// to sum to 1 and clipped to [1e-7, 1 - 1e-7], unless they are seen to come from a softmax, whose logits are used
/// then. @throws ValueError for a single class, of which the loss is 0 whatever the target, or label_smoothing outside
/// [0, 1]; IndexError for an axis out of range; ShapeError for no class, or if shapes differ.
XTAPE_API Tensor categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                          const CrossentropyOptions& options = {});

/// binary_crossentropy, reduced. @throws ValueError for label_smoothing outside [0, 1] or an unknown reduction.
class XTAPE_API BinaryCrossentropy : public Loss {
 public:
  explicit BinaryCrossentropy(CrossentropyOptions options = {});
};

/// categorical_crossentropy, reduced. @throws ValueError for label_smoothing outside [0, 1] or an unknown reduction.
class XTAPE_API CategoricalCrossentropy : public Loss {
 public:
  explicit CategoricalCrossentropy(CrossentropyOptions options = {});
};

struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  /// A label whose samples have loss 0, whatever is predicted for them, and do not count in the mean.
  std::optional<int64_t> ignore_class = std::nullopt;
  std::string reduction = "sum_over_batch_size";
  /// Along which the classes lie.
  Axis axis = -1;
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// categorical_crossentropy of integer labels: y_true has the shape of y_pred without `axis`, or with a last axis of
/// length 1 after that. @throws IndexError for a label outside [0, classes), ValueError for one that is not a whole
/// number: each names the first one and its position; ValueError for a single class; ShapeError for no class, or if the
/// shapes do not fit.
XTAPE_API Tensor sparse_categorical_crossentropy(const Tensor& y_true, const Tensor& y_pred,
                                                 const SparseCategoricalCrossentropyOptions& options = {});

/// sparse_categorical_crossentropy, reduced. @throws ValueError for an unknown reduction.
class XTAPE_API SparseCategoricalCrossentropy : public Loss {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
};

}  // namespace xtape::losses
