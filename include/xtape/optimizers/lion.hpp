#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct LionOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
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
  std::string name = "lion";

  XTAPE_API void fields(Fields& f);
};

/// Steps of one size (Chen et al., 2023): w -= learning_rate * sign(beta_1 * m + (1 - beta_1) * g), then m = beta_2 * m
/// + (1 - beta_2) * g. Learning rates are 3 to 10 times smaller than Adam's, weight_decay as many times larger.
class XTAPE_API Lion : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, for a beta_1 outside (0, 1] or a beta_2 outside [0, 1].
  explicit Lion(LionOptions options = {});
};

}  // namespace xtape::optimizers
