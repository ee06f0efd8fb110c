#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct NadamOptions {
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
  std::string name = "nadam";

  XTAPE_API void fields(Fields& f);
};

/// Adam with Nesterov's momentum (Dozat, 2015): with u_t = beta_1 * (1 - 0.96^t / 2) and m, v as in Adam,
/// w -= learning_rate * (u_{t+1} * m / (1 - u_1 ... u_{t+1}) + (1 - u_t) * g / (1 - u_1 ... u_t)) / (sqrt(v / (1 -
/// beta_2^t)) + epsilon). Large gradients count as in Adam.
class XTAPE_API Nadam : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, for betas outside [0, 1) or an epsilon that is negative or infinite.
  explicit Nadam(NadamOptions options = {});
};

}  // namespace xtape::optimizers
