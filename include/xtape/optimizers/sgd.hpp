#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
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
  std::string name = "SGD";

  XTAPE_API void fields(Fields& f);
};

/// Gradient descent: w -= learning_rate * g; with momentum m = momentum * m - learning_rate * g and w += m, or
/// w += momentum * m - learning_rate * g (Nesterov).
class XTAPE_API SGD : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, and for a momentum outside [0, 1].
  explicit SGD(SGDOptions options = {});
};

}  // namespace xtape::optimizers
