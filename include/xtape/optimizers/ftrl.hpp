#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::optimizers {

struct FtrlOptions {
  LearningRate learning_rate = 0.001;
  /// 0 or below; 0 keeps the learning rate as it is.
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0;
  double l2_regularization_strength = 0;
  /// Adds 2 * l2_shrinkage_regularization_strength * w to the gradient.
  double l2_shrinkage_regularization_strength = 0;
  double beta = 0;
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
  std::string name = "ftrl";

  XTAPE_API void fields(Fields& f);
};

/// Follow the regularized leader (McMahan et al., 2013): n' = n + g^2, from initial_accumulator_value on, z += g -
/// (n'^p - n^p) / learning_rate * w with p = -learning_rate_power, and w = (clip(z, -l1, l1) - z) / ((n'^p + beta) /
/// learning_rate + 2 * l2). The first step forgets what the variables were. Large gradients count as in Adam.
class XTAPE_API Ftrl : public Optimizer {
 public:
  /// @throws ValueError as Optimizer, for a learning_rate_power above 0, the others of its options below 0, and, in
  /// a step, for a learning rate of 0.
  explicit Ftrl(FtrlOptions options = {});
};

}  // namespace xtape::optimizers
