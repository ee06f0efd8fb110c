#include <algorithm>
#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/optimizers/schedules/polynomial_decay.hpp>

#include "optimizers/schedules/fields.hpp"

namespace xtape::optimizers::schedules {
namespace {

double rate_of(const PolynomialDecayFields& made, double step) {
  double steps = static_cast<double>(made.decay_steps);
  if (made.cycle) {
    // The first multiple that reaches the step; one, for step 0.
    if (step > 0) steps *= std::ceil(step / steps);
  } else {
    step = std::min(step, steps);
  }
  const double range = made.initial_learning_rate - made.end_learning_rate;
  return range * std::pow(1 - step / steps, made.power) + made.end_learning_rate;
}

std::shared_ptr<LearningRateScheduleImpl> checked(PolynomialDecayFields made) {
  detail::check_number("PolynomialDecay", "initial_learning_rate", made.initial_learning_rate, detail::Range::finite);
  detail::check_at_least(1, "PolynomialDecay", "decay_steps", made.decay_steps);
  detail::check_number("PolynomialDecay", "end_learning_rate", made.end_learning_rate, detail::Range::finite);
  detail::check_number("PolynomialDecay", "power", made.power, detail::Range::finite);
  return std::make_shared<Schedule<PolynomialDecayFields, rate_of>>("PolynomialDecay", std::move(made));
}

}  // namespace

LearningRateSchedule PolynomialDecayFields::schedule() const { return checked(*this); }

PolynomialDecay::PolynomialDecay(double initial_learning_rate, int64_t decay_steps, PolynomialDecayOptions options)
    : LearningRateSchedule(checked({initial_learning_rate, decay_steps, options.end_learning_rate, options.power,
                                    options.cycle, std::move(options.name)})) {}

}  // namespace xtape::optimizers::schedules
