#pragma once

#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// In these errors update_state throws as losses::mean_squared_error.

/// mean((y_true - y_pred)^2).
class XTAPE_API MeanSquaredError : public MeanMetricWrapper {
 public:
  explicit MeanSquaredError(std::string name = "mean_squared_error");
};

/// mean(|y_true - y_pred|).
class XTAPE_API MeanAbsoluteError : public MeanMetricWrapper {
 public:
  explicit MeanAbsoluteError(std::string name = "mean_absolute_error");
};

/// sqrt(mean((y_true - y_pred)^2)) over all batches.
class XTAPE_API RootMeanSquaredError : public Metric {
 public:
  explicit RootMeanSquaredError(std::string name = "root_mean_squared_error")
      : Metric(std::move(name)), mean_(this->name()) {}
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) override;
  double result() const override;
  void reset_state() override { mean_.reset_state(); }

 private:
  Mean mean_;
};

}  // namespace xtape::metrics
