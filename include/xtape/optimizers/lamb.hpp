#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct LambOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = std::nullopt;
  /// Bound of the norm of each gradient.
  std::optional<double> clipnorm = std::nullopt;
  /// Bound of each element of the gradients.
  std::optional<double> clipvalue = std::nullopt;
  /// Bound of the norm of all gradients together.
  std::optional<double> global_clipnorm = std::nullopt;
  /// Moving averages of the variables.
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = std::nullopt;
  std::optional<double> loss_scale_factor = std::nullopt;
  /// Updates the variables in each n-th step.
  std::optional<int64_t> gradient_accumulation_steps = std::nullopt;
  std::string name = "lamb";

  XTAPE_API void fields(Fields& f);
};

/// Adam with steps in proportion to the norm of each variable, for large batches (You et al., 2019): m and v as in
/// Adam, u = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon), and w -= learning_rate * u * |w| / |u|, or
/// learning_rate * u where one of the norms is 0. Large gradients count as in Adam.
class XTAPE_API Lamb : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, for betas outside [0, 1) or an epsilon that is negative or infinite.
  explicit Lamb(LambOptions options = {});
};

}  // namespace xtape::optimizers
