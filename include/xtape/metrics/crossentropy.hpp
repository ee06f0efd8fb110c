#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// In these update_state throws as the losses of that name.

struct BinaryCrossentropyOptions {
  std::string name = "binary_crossentropy";
  /// Whether predictions are logits instead of probabilities.
  bool from_logits = false;
  /// s in [0, 1]: targets become y * (1 - s) + s / 2.
  double label_smoothing = 0;

  XTAPE_API void fields(Fields& f);
};

/// The mean of losses::binary_crossentropy. @throws ValueError for label_smoothing outside [0, 1].
class XTAPE_API BinaryCrossentropy : public Metric {
 public:
  explicit BinaryCrossentropy(BinaryCrossentropyOptions options = {});
};

struct CategoricalCrossentropyOptions {
  std::string name = "categorical_crossentropy";
  /// Whether predictions are logits instead of probabilities.
  bool from_logits = false;
  /// s in [0, 1]: targets become y * (1 - s) + s / classes.
  double label_smoothing = 0;
  /// Along which the classes lie.
  Axis axis = -1;

  XTAPE_API void fields(Fields& f);
};

/// The mean of losses::categorical_crossentropy. @throws ValueError for label_smoothing outside [0, 1].
class XTAPE_API CategoricalCrossentropy : public Metric {
 public:
  explicit CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
};

struct SparseCategoricalCrossentropyOptions {
  std::string name = "sparse_categorical_crossentropy";
  /// Whether predictions are logits instead of probabilities.
  bool from_logits = false;
  /// A label whose samples have the value 0, whatever is predicted for them. As in Keras they count in the mean, but for
  /// one with sample weights.
  std::optional<int64_t> ignore_class = std::nullopt;
  /// Along which the classes lie.
  Axis axis = -1;

  XTAPE_API void fields(Fields& f);
};

/// The mean of losses::sparse_categorical_crossentropy.
class XTAPE_API SparseCategoricalCrossentropy : public Metric {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
};

}  // namespace xtape::metrics
