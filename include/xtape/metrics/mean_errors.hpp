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

/// 100 * mean(|y_true - y_pred| / max(|y_true|, 1e-7)).
class XTAPE_API MeanAbsolutePercentageError : public Metric {
 public:
  explicit MeanAbsolutePercentageError(std::string name = "mean_absolute_percentage_error");
};

/// mean((log(1 + y_true) - log(1 + y_pred))^2), where numbers below 1e-7 count as 1e-7.
class XTAPE_API MeanSquaredLogarithmicError : public Metric {
 public:
  explicit MeanSquaredLogarithmicError(std::string name = "mean_squared_logarithmic_error");
};

/// mean(log(cosh(y_pred - y_true))).
class XTAPE_API LogCoshError : public Metric {
 public:
  explicit LogCoshError(std::string name = "logcosh");
};

/// sqrt(mean((y_true - y_pred)^2)) over all batches. As in Keras it does not know masks.
class XTAPE_API RootMeanSquaredError : public Metric {
 public:
  explicit RootMeanSquaredError(std::string name = "root_mean_squared_error");
};

}  // namespace xtape::metrics
