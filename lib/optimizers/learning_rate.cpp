#include <xtape/error.hpp>
#include <xtape/optimizers/learning_rate.hpp>

namespace xtape::optimizers {

LearningRate::LearningRate(schedules::LearningRateSchedule schedule) : schedule_(std::move(schedule)) {
  if (!schedule_) throw ValueError("learning_rate: the schedule is nothing (a null pointer)");
}

double LearningRate::operator()(int64_t step) const {
  if (schedule_) return schedule_(step);
  return function_ ? function_(step) : number_;
}

Config to_config(const LearningRate& rate) {
  if (rate.schedule()) return schedules::serialize(rate.schedule());
  if (!rate.is_number()) throw ValueError("learning_rate: a function cannot be written; a schedule can");
  return rate(0);
}

void from_config(const Config& config, LearningRate& rate) {
  if (config.is_dict()) {
    rate = schedules::deserialize(config);
  } else {
    rate = config.number();
  }
}

}  // namespace xtape::optimizers
