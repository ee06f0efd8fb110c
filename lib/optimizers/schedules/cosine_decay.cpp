#include <algorithm>
#include <cmath>
#include <numbers>
#include <xtape/detail/numbers.hpp>
#include <xtape/optimizers/schedules/cosine_decay.hpp>

#include "optimizers/schedules/fields.hpp"

namespace xtape::optimizers::schedules {
namespace {

double rate_of(const CosineDecayFields& made, double step) {
  double start = made.initial_learning_rate;
  if (made.warmup_target) {
    const double warmup = static_cast<double>(made.warmup_steps);
    if (step < warmup) return (*made.warmup_target - start) * (step / warmup) + start;
    step -= warmup;
    start = *made.warmup_target;
  }
  const double steps = static_cast<double>(made.decay_steps);
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * std::min(step, steps) / steps));
  return start * ((1 - made.alpha) * cosine + made.alpha);
}

std::shared_ptr<LearningRateScheduleImpl> checked(CosineDecayFields made) {
  detail::check_number("CosineDecay", "initial_learning_rate", made.initial_learning_rate, detail::Range::finite);
  detail::check_at_least(1, "CosineDecay", "decay_steps", made.decay_steps);
  detail::check_number("CosineDecay", "alpha", made.alpha, detail::Range::finite);
  detail::check_number("CosineDecay", "warmup_target", made.warmup_target.value_or(0), detail::Range::finite);
  detail::check_at_least(0, "CosineDecay", "warmup_steps", made.warmup_steps);
  return std::make_shared<Schedule<CosineDecayFields, rate_of>>("CosineDecay", std::move(made));
}

}  // namespace

LearningRateSchedule CosineDecayFields::schedule() const { return checked(*this); }

CosineDecay::CosineDecay(double initial_learning_rate, int64_t decay_steps, CosineDecayOptions options)
    : LearningRateSchedule(checked({initial_learning_rate, decay_steps, options.alpha, std::move(options.name),
                                    options.warmup_target, options.warmup_steps})) {}

}  // namespace xtape::optimizers::schedules
