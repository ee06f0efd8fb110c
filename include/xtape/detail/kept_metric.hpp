#pragma once

#include <vector>
#include <xtape/export.hpp>
#include <xtape/metrics/metric.hpp>

// For the library's own files.
namespace xtape::detail {

/// What a metric had gathered, to be given back.
class XTAPE_API KeptMetric {
 public:
  explicit KeptMetric(metrics::Metric metric);
  const metrics::Metric& metric() const { return metric_; }
  /// Lets the metric have gathered what it had then; one without variables, which keeps its state elsewhere, stays as
  /// it is.
  void restore() const;

 private:
  metrics::Metric metric_;
  // None where it had not begun.
  std::vector<metrics::MetricVariable> state_;
};

}  // namespace xtape::detail
