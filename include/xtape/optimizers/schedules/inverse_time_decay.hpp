#pragma once

#include <cstdint>
#include <string>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>

namespace xtape::optimizers::schedules {

struct InverseTimeDecayOptions {
  /// Whole multiples of decay_steps count only.
  bool staircase = false;
  std::string name = "InverseTimeDecay";
};

/// initial_learning_rate / (1 + decay_rate * step / decay_steps).
class XTAPE_API InverseTimeDecay : public LearningRateSchedule {
 public:
  /// @throws ValueError for decay_steps below 1, and for numbers that are not finite.
  InverseTimeDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                   InverseTimeDecayOptions options = {});
};

}  // namespace xtape::optimizers::schedules
