#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>

namespace xtape::optimizers::schedules {

struct CosineDecayOptions {
  /// What remains at the end, as a fraction of the rate at its start.
  double alpha = 0;
  std::string name = "CosineDecay";
  /// If given, the rate rises to it over the first warmup_steps, in a line, and decays from there.
  std::optional<double> warmup_target = std::nullopt;
  int64_t warmup_steps = 0;
};

/// initial_learning_rate * ((1 - alpha) * (1 + cos(pi * step / decay_steps)) / 2 + alpha), and its end from then on
/// (Loshchilov and Hutter, 2017).
class XTAPE_API CosineDecay : public LearningRateSchedule {
 public:
  /// @throws ValueError for decay_steps below 1, warmup_steps below 0, and for numbers that are not finite.
  CosineDecay(double initial_learning_rate, int64_t decay_steps, CosineDecayOptions options = {});
};

}  // namespace xtape::optimizers::schedules
