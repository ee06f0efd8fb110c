#include <algorithm>
#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/optimizers/schedules/piecewise_constant_decay.hpp>

#include "optimizers/schedules/fields.hpp"

namespace xtape::optimizers::schedules {
namespace {

double rate_of(const PiecewiseConstantDecayFields& made, double step) {
  const auto later = std::lower_bound(made.boundaries.begin(), made.boundaries.end(), step,
                                      [](int64_t boundary, double of) { return static_cast<double>(boundary) < of; });
  return made.values[static_cast<std::size_t>(later - made.boundaries.begin())];
}

std::shared_ptr<LearningRateScheduleImpl> checked(PiecewiseConstantDecayFields made) {
  const auto& boundaries = made.boundaries;
  if (made.values.size() != boundaries.size() + 1) {
    throw ValueError("PiecewiseConstantDecay: " + std::to_string(boundaries.size()) + " boundaries need " +
                     std::to_string(boundaries.size() + 1) + " values, given " + std::to_string(made.values.size()));
  }
  for (const double value : made.values) {
    detail::check_number("PiecewiseConstantDecay", "values", value, detail::Range::finite);
  }
  for (std::size_t i = 1; i < boundaries.size(); ++i) {
    if (boundaries[i - 1] < boundaries[i]) continue;
    throw ValueError("PiecewiseConstantDecay: boundaries must increase, given " + std::to_string(boundaries[i]) +
                     " after " + std::to_string(boundaries[i - 1]));
  }
  return std::make_shared<Schedule<PiecewiseConstantDecayFields, rate_of>>("PiecewiseConstantDecay", std::move(made));
}

}  // namespace

LearningRateSchedule PiecewiseConstantDecayFields::schedule() const { return checked(*this); }

PiecewiseConstantDecay::PiecewiseConstantDecay(std::vector<int64_t> boundaries, std::vector<double> values,
                                               PiecewiseConstantDecayOptions options)
    : LearningRateSchedule(checked({std::move(boundaries), std::move(values), std::move(options.name)})) {}

}  // namespace xtape::optimizers::schedules
