#pragma once

#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// In these update_state throws as the losses of that name.

/// mean(max(1 - y_true * y_pred, 0)), for labels -1 and 1; where all of a batch are 0 or 1, 0 means -1.
class XTAPE_API Hinge : public Metric {
 public:
  explicit Hinge(std::string name = "hinge");
};

/// mean(max(1 - y_true * y_pred, 0)^2), for labels as those of Hinge.
class XTAPE_API SquaredHinge : public Metric {
 public:
  explicit SquaredHinge(std::string name = "squared_hinge");
};

/// mean(max(1 + max((1 - y_true) * y_pred) - sum(y_true * y_pred), 0)), for targets such as one-hot rows.
class XTAPE_API CategoricalHinge : public Metric {
 public:
  explicit CategoricalHinge(std::string name = "categorical_hinge");
};

}  // namespace xtape::metrics
