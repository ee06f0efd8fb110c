#pragma once

#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// In these errors update_state throws as losses::mean_squared_error.

/// mean((y_true - y_pred)^2).
class XTAPE_API MeanSquaredError : public Metric {
 public:
  explicit MeanSquaredError(std::string name = "mean_squared_error");
};

/// mean(|y_true - y_pred|).
class XTAPE_API MeanAbsoluteError : public Metric {
 public:
  explicit MeanAbsoluteError(std::string name = "mean_absolute_error");
};

/// sqrt(mean((y_true - y_pred)^2)) over all batches. As in Keras it does not know masks.
class XTAPE_API RootMeanSquaredError : public Metric {
 public:
  explicit RootMeanSquaredError(std::string name = "root_mean_squared_error");
};

}  // namespace xtape::metrics
