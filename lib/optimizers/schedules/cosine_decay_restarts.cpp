#include <cmath>
#include <numbers>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/optimizers/schedules/cosine_decay_restarts.hpp>

#include "optimizers/schedules/fields.hpp"

namespace xtape::optimizers::schedules {
namespace {

double rate_of(const CosineDecayRestartsFields& made, double step) {
  const double part = step / static_cast<double>(made.first_decay_steps), ratio = made.t_mul;
  double period = std::floor(part), of_period = part - period;
  if (ratio != 1) {
    // Period i starts after 1 + ratio + ... + ratio^(i - 1) first ones. The logarithm may miss it by rounding.
    const auto start = [ratio](double i) { return (std::pow(ratio, i) - 1) / (ratio - 1); };
    period = std::floor(std::log1p(part * (ratio - 1)) / std::log(ratio));
    if (start(period + 1) <= part) ++period;
    if (start(period) > part) --period;
    of_period = (part - start(period)) / std::pow(ratio, period);
  }
  const double cosine = 0.5 * std::pow(made.m_mul, period) * (1 + std::cos(std::numbers::pi * of_period));
  return made.initial_learning_rate * ((1 - made.alpha) * cosine + made.alpha);
}

std::shared_ptr<LearningRateScheduleImpl> checked(CosineDecayRestartsFields made) {
  detail::check_number("CosineDecayRestarts", "initial_learning_rate", made.initial_learning_rate,
                       detail::Range::finite);
  detail::check_at_least(1, "CosineDecayRestarts", "first_decay_steps", made.first_decay_steps);
  detail::check_number("CosineDecayRestarts", "t_mul", made.t_mul, detail::Range::finite);
  if (made.t_mul < 1) {
    throw ValueError("CosineDecayRestarts: t_mul must be at least 1, given " + Config(made.t_mul).str());
  }
  detail::check_number("CosineDecayRestarts", "m_mul", made.m_mul, detail::Range::finite);
  detail::check_number("CosineDecayRestarts", "alpha", made.alpha, detail::Range::finite);
  return std::make_shared<Schedule<CosineDecayRestartsFields, rate_of>>("CosineDecayRestarts", std::move(made));
}

}  // namespace

LearningRateSchedule CosineDecayRestartsFields::schedule() const { return checked(*this); }

CosineDecayRestarts::CosineDecayRestarts(double initial_learning_rate, int64_t first_decay_steps,
                                         CosineDecayRestartsOptions options)
    : LearningRateSchedule(checked({initial_learning_rate, first_decay_steps, options.t_mul, options.m_mul,
                                    options.alpha, std::move(options.name)})) {}

}  // namespace xtape::optimizers::schedules
