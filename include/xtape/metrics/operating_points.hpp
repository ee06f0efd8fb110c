#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// The best of one measure where another one is at least what is asked for, over evenly spaced thresholds from 0 to 1;
/// 0 where no threshold reaches that. Targets, predictions and weights are those of Precision (confusion.hpp);
/// sensitivity is another name of recall, tp / (tp + fn); specificity is tn / (tn + fp). @throws ValueError unless what
/// is asked for is given and lies in [0, 1], for num_thresholds < 1 or class_id < 0; in update_state as Precision.

struct SensitivityAtSpecificityOptions {
  double specificity = std::numeric_limits<double>::quiet_NaN();
  /// With one it is 0.5.
  int64_t num_thresholds = 200;
  /// The class, a position in the last axis, that alone counts.
  std::optional<int64_t> class_id = std::nullopt;
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

class XTAPE_API SensitivityAtSpecificity : public Metric {
 public:
  explicit SensitivityAtSpecificity(SensitivityAtSpecificityOptions options = {});
};

struct SpecificityAtSensitivityOptions {
  double sensitivity = std::numeric_limits<double>::quiet_NaN();
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id = std::nullopt;
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

class XTAPE_API SpecificityAtSensitivity : public Metric {
 public:
  explicit SpecificityAtSensitivity(SpecificityAtSensitivityOptions options = {});
};

struct PrecisionAtRecallOptions {
  double recall = std::numeric_limits<double>::quiet_NaN();
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id = std::nullopt;
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

class XTAPE_API PrecisionAtRecall : public Metric {
 public:
  explicit PrecisionAtRecall(PrecisionAtRecallOptions options = {});
};

struct RecallAtPrecisionOptions {
  double precision = std::numeric_limits<double>::quiet_NaN();
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id = std::nullopt;
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

class XTAPE_API RecallAtPrecision : public Metric {
 public:
  explicit RecallAtPrecision(RecallAtPrecisionOptions options = {});
};

}  // namespace xtape::metrics
