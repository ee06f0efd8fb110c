#pragma once

#include <cstdint>
#include <string>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>

namespace xtape::optimizers::schedules {

struct ExponentialDecayOptions {
  /// Whole multiples of decay_steps count only.
  bool staircase = false;
  std::string name = "ExponentialDecay";
};

/// initial_learning_rate * decay_rate^(step / decay_steps).
class XTAPE_API ExponentialDecay : public LearningRateSchedule {
 public:
  /// @throws ValueError for decay_steps below 1, and, as all schedules, for numbers that are not finite.
  ExponentialDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                   ExponentialDecayOptions options = {});
};

}  // namespace xtape::optimizers::schedules
