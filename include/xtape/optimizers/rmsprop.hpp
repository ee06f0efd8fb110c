#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct RMSpropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  /// Divide by the variance of the gradient instead of its mean square.
  bool centered = false;
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
  std::string name = "rmsprop";

  XTAPE_API void fields(Fields& f);
};

/// RMSprop (Hinton, 2012): v is a running mean of g^2, and w -= learning_rate * g / sqrt(v + epsilon). If centered, the
/// running variance stands for v: v less the square of the running mean of g, but at least 0. Large gradients count as
/// in Adam.
class XTAPE_API RMSprop : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, for rho or momentum outside [0, 1] or an epsilon that is negative or
  /// infinite.
  explicit RMSprop(RMSpropOptions options = {});
};

}  // namespace xtape::optimizers
