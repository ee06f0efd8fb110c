#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct AdagradOptions {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
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
  std::string name = "adagrad";

  XTAPE_API void fields(Fields& f);
};

/// Smaller steps the more gradients there were (Duchi, Hazan and Singer, 2011): s += g^2, from
/// initial_accumulator_value on, and w -= learning_rate * g / sqrt(s + epsilon). Large gradients count as in Adam.
class XTAPE_API Adagrad : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, and for an initial_accumulator_value or an epsilon that is negative or
  /// infinite.
  explicit Adagrad(AdagradOptions options = {});
};

}  // namespace xtape::optimizers
