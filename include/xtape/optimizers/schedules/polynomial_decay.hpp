#pragma once

#include <cstdint>
#include <string>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>

namespace xtape::optimizers::schedules {

struct PolynomialDecayOptions {
  double end_learning_rate = 0.0001;
  double power = 1;
  /// After decay_steps it starts again, over twice as many, three times, ...; otherwise it stays at the end.
  bool cycle = false;
  std::string name = "PolynomialDecay";
};

/// (initial_learning_rate - end_learning_rate) * (1 - step / decay_steps)^power + end_learning_rate.
class XTAPE_API PolynomialDecay : public LearningRateSchedule {
 public:
  /// @throws ValueError for decay_steps below 1, and for numbers that are not finite.
  PolynomialDecay(double initial_learning_rate, int64_t decay_steps, PolynomialDecayOptions options = {});
};

}  // namespace xtape::optimizers::schedules
