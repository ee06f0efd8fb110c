#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

struct R2ScoreOptions {
  /// How the scores of the outputs become one: "uniform_average" (their mean) or "variance_weighted_average" (their
  /// mean by the variances of the targets); nothing leaves them as they are, `values()` is [outputs].
  std::optional<std::string> class_aggregation = "uniform_average";
  /// How many independent regressors there are, for the adjusted score; 0 is the usual one. With no more samples than
  /// regressors + 1 the score is not adjusted.
  int64_t num_regressors = 0;
  std::string name = "r2_score";

  XTAPE_API void fields(Fields& f);
};

/// The coefficient of determination, 1 - (squared errors) / (squared deviations of the targets from their mean), of
/// targets and predictions [batch, outputs]; weights [batch], or of their shape. It is NaN before the first batch, and
/// 0 where all targets are equal but the predictions are not. As in Keras masks are not known.
class XTAPE_API R2Score : public Metric {
 public:
  /// @throws ValueError for an unknown class_aggregation or num_regressors < 0. In update_state it throws ShapeError
  /// for another number of outputs than before too.
  explicit R2Score(R2ScoreOptions options = {});
};

}  // namespace xtape::metrics
