#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/optimizers/schedules/exponential_decay.hpp>

#include "optimizers/schedules/fields.hpp"

namespace xtape::optimizers::schedules {
namespace {

double rate_of(const ExponentialDecayFields& made, double step) {
  double periods = step / static_cast<double>(made.decay_steps);
  if (made.staircase) periods = std::floor(periods);
  return made.initial_learning_rate * std::pow(made.decay_rate, periods);
}

std::shared_ptr<LearningRateScheduleImpl> checked(ExponentialDecayFields made) {
  detail::check_number("ExponentialDecay", "initial_learning_rate", made.initial_learning_rate, detail::Range::finite);
  detail::check_at_least(1, "ExponentialDecay", "decay_steps", made.decay_steps);
  detail::check_number("ExponentialDecay", "decay_rate", made.decay_rate, detail::Range::finite);
  return std::make_shared<Schedule<ExponentialDecayFields, rate_of>>("ExponentialDecay", std::move(made));
}

}  // namespace

LearningRateSchedule ExponentialDecayFields::schedule() const { return checked(*this); }

ExponentialDecay::ExponentialDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                                   ExponentialDecayOptions options)
    : LearningRateSchedule(
          checked({initial_learning_rate, decay_steps, decay_rate, options.staircase, std::move(options.name)})) {}

}  // namespace xtape::optimizers::schedules
