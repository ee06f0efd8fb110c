#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct AdadeltaOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
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
  std::string name = "adadelta";

  XTAPE_API void fields(Fields& f);
};

/// Steps of the size of recent ones (Zeiler, 2012): s and c are running means, by rho, of g^2 and d^2, d = sqrt((c +
/// epsilon) / (s + epsilon)) * g, and w -= learning_rate * d. The paper has a learning rate of 1. Large gradients count
/// as in Adam.
class XTAPE_API Adadelta : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, for a rho outside [0, 1] or an epsilon that is negative or infinite.
  explicit Adadelta(AdadeltaOptions options = {});
};

}  // namespace xtape::optimizers
