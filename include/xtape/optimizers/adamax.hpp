#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct AdamaxOptions {
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
  std::string name = "adamax";

  XTAPE_API void fields(Fields& f);
};

/// Adam by the largest gradient instead of the mean square (Kingma and Ba, 2014, section 7): m as in Adam, u =
/// max(beta_2
/// * u, |g|), w -= learning_rate / (1 - beta_1^t) * m / (u + epsilon).
class XTAPE_API Adamax : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, for betas outside [0, 1) or an epsilon that is negative or infinite.
  explicit Adamax(AdamaxOptions options = {});
};

}  // namespace xtape::optimizers
