#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct AdafactorOptions {
  LearningRate learning_rate = 0.001;
  /// beta_2 is 1 - t^beta_2_decay.
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1;
  /// Has no effect, as in Keras: learning rates are at most 1 / sqrt(t) anyway.
  bool relative_step = true;
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
  std::string name = "adafactor";

  XTAPE_API void fields(Fields& f);
};

/// Adam with the mean squares of rows and columns only, which take little memory (Shazeer and Stern, 2018), but for
/// what Keras's files hold: r and c are running means of g^2 + epsilon_1 over the last axis and the one before it, v =
/// r * c / mean(r), or a running mean itself of variables with fewer axes; u = g / sqrt(v), and w -= max(epsilon_2,
/// rms(w)) * min(learning_rate, 1 / sqrt(t)) * u / max(1, rms(u) / clip_threshold).
class XTAPE_API Adafactor : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, for numbers that are not finite, epsilons below 0, and a clip_threshold that
  /// is not positive.
  explicit Adafactor(AdafactorOptions options = {});
};

}  // namespace xtape::optimizers
