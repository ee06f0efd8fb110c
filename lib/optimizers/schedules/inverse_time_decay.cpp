#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/optimizers/schedules/inverse_time_decay.hpp>

#include "optimizers/schedules/fields.hpp"

namespace xtape::optimizers::schedules {
namespace {

double rate_of(const InverseTimeDecayFields& made, double step) {
  double periods = step / static_cast<double>(made.decay_steps);
  if (made.staircase) periods = std::floor(periods);
  return made.initial_learning_rate / (1 + made.decay_rate * periods);
}

std::shared_ptr<LearningRateScheduleImpl> checked(InverseTimeDecayFields made) {
  detail::check_number("InverseTimeDecay", "initial_learning_rate", made.initial_learning_rate, detail::Range::finite);
  detail::check_at_least(1, "InverseTimeDecay", "decay_steps", made.decay_steps);
  detail::check_number("InverseTimeDecay", "decay_rate", made.decay_rate, detail::Range::finite);
  return std::make_shared<Schedule<InverseTimeDecayFields, rate_of>>("InverseTimeDecay", std::move(made));
}

}  // namespace

LearningRateSchedule InverseTimeDecayFields::schedule() const { return checked(*this); }

InverseTimeDecay::InverseTimeDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                                   InverseTimeDecayOptions options)
    : LearningRateSchedule(
          checked({initial_learning_rate, decay_steps, decay_rate, options.staircase, std::move(options.name)})) {}

}  // namespace xtape::optimizers::schedules
