#pragma once

#include <cstdint>
#include <string>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>

namespace xtape::optimizers::schedules {

struct CosineDecayRestartsOptions {
  /// Each period is that many times as long as the one before, and starts with that many times its rate.
  double t_mul = 2;
  double m_mul = 1;
  /// What remains at the end of the first period, as a fraction of initial_learning_rate.
  double alpha = 0;
  std::string name = "SGDRDecay";
};

/// The cosine decay again and again: initial_learning_rate * ((1 - alpha) * m_mul^i * (1 + cos(pi * p)) / 2 + alpha)
/// at the part p of period i (Loshchilov and Hutter, 2017).
class XTAPE_API CosineDecayRestarts : public LearningRateSchedule {
 public:
  /// @throws ValueError for first_decay_steps below 1, a t_mul below 1, and for numbers that are not finite.
  CosineDecayRestarts(double initial_learning_rate, int64_t first_decay_steps, CosineDecayRestartsOptions options = {});
};

}  // namespace xtape::optimizers::schedules
