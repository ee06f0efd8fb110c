#pragma once

#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// Correlations of targets and predictions of one shape along an axis, averaged over samples and batches.

struct CorrelationOptions {
  /// Default: Keras's name of the class.
  std::string name = {};
  /// May be negative.
  Axis axis = -1;

  XTAPE_API void fields(Fields& f);
};

/// The covariance divided by both standard deviations (Pearson); NaN where one of them is 0, as in Keras.
/// @throws, in update_state, IndexError for an axis that there is not.
class XTAPE_API PearsonCorrelation : public Metric {
 public:
  explicit PearsonCorrelation(CorrelationOptions options = {});
};

/// 2 * covariance / (variances + (difference of the means)^2) (Lin 1989), with an epsilon of 1e-7 in the divisor.
/// @throws as PearsonCorrelation.
class XTAPE_API ConcordanceCorrelation : public Metric {
 public:
  explicit ConcordanceCorrelation(CorrelationOptions options = {});
};

}  // namespace xtape::metrics
