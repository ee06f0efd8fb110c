#pragma once

#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// In these update_state throws as the losses of that name.

/// The mean of sum(y_true * log(y_true / y_pred)), of probabilities that are clipped to [1e-7, 1].
class XTAPE_API KLDivergence : public Metric {
 public:
  explicit KLDivergence(std::string name = "kl_divergence");
};

/// mean(y_pred - y_true * log(y_pred + 1e-7)).
class XTAPE_API Poisson : public Metric {
 public:
  explicit Poisson(std::string name = "poisson");
};

}  // namespace xtape::metrics
