#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <xtape/config.hpp>
#include <xtape/export.hpp>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>

namespace xtape::detail {
/// A function that a learning rate is made of: of the number of steps so far, or of nothing.
template <class Function>
concept RateSource = !std::derived_from<Function, optimizers::schedules::LearningRateSchedule> &&
                     !std::derived_from<Function, optimizers::schedules::LearningRateScheduleImpl>;
template <class Function>
concept RateOfStep = RateSource<Function> && std::is_invocable_r_v<double, const Function&, int64_t>;
template <class Function>
concept RateOfNothing = RateSource<Function> && std::is_invocable_r_v<double, const Function&>;
}  // namespace xtape::detail

namespace xtape::optimizers {

/// A learning rate as optimizers take it: a number, a schedule, or a function that is asked in each step, of nothing as
/// in Keras, or of the number of steps so far.
class XTAPE_API LearningRate {
 public:
  LearningRate(double number) : number_(number) {}
  /// @throws ValueError for nothing (a null pointer).
  LearningRate(schedules::LearningRateSchedule schedule);
  template <std::derived_from<schedules::LearningRateScheduleImpl> Schedule>
  LearningRate(std::shared_ptr<Schedule> schedule)
      : LearningRate(schedules::LearningRateSchedule(std::move(schedule))) {}
  template <class Schedule>
  requires(!std::is_reference_v<Schedule> && std::derived_from<Schedule, schedules::LearningRateScheduleImpl>)
      LearningRate(Schedule&& schedule)
      : LearningRate(schedules::LearningRateSchedule(std::move(schedule))) {}
  template <detail::RateOfStep Function>
  LearningRate(Function function) : function_(std::move(function)) {}
  template <detail::RateOfNothing Function>
  requires(!detail::RateOfStep<Function>) LearningRate(Function function)
      : function_([function = std::move(function)](int64_t) -> double { return function(); }) {}

  bool is_number() const { return !schedule_ && !function_; }
  /// The schedule, or nothing.
  const schedules::LearningRateSchedule& schedule() const { return schedule_; }
  /// The rate of a step, counted from 0.
  double operator()(int64_t step) const;

 private:
  double number_ = 0;
  schedules::LearningRateSchedule schedule_;
  std::function<double(int64_t)> function_;
};

/// A number, or a schedule in Keras's form. @throws ValueError for a function, and a schedule of one's own.
XTAPE_API Config to_config(const LearningRate& rate);
XTAPE_API void from_config(const Config& config, LearningRate& rate);

}  // namespace xtape::optimizers
