#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// sum(y_true * log(y_true / y_pred)) over the last axis, of probabilities that are clipped to [1e-7, 1]. Source:
/// Kullback and Leibler, On information and sufficiency, 1951. @throws as mean_squared_error.
XTAPE_API Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred);

/// mean(y_pred - y_true * log(y_pred + 1e-7)) over the last axis: the negative logarithm of how likely counts y_true
/// are if y_pred of them are expected, but for a term of y_true alone. @throws as mean_squared_error.
XTAPE_API Tensor poisson(const Tensor& y_true, const Tensor& y_pred);

/// kl_divergence, reduced.
class XTAPE_API KLDivergence : public Loss {
 public:
  explicit KLDivergence(LossOptions options = {});
};

/// poisson, reduced.
class XTAPE_API Poisson : public Loss {
 public:
  explicit Poisson(LossOptions options = {});
};

}  // namespace xtape::losses
