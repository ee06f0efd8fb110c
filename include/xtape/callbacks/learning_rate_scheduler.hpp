#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <utility>
#include <xtape/callbacks/callback.hpp>

namespace xtape::callbacks {

struct LearningRateSchedulerOptions {
  /// 1: says what it sets.
  int verbose = 0;
};

/// Sets the learning rate at the beginning of each epoch, and adds it to the logs at its end, as `learning_rate`.
/// ```
/// callbacks::LearningRateScheduler([](int64_t epoch, double rate) { return epoch < 10 ? rate : rate * 0.9; });
/// ```
class XTAPE_API LearningRateScheduler : public Callback {
 public:
  /// Of the epoch, from 0, and the learning rate as it is, a new one; or of the epoch alone.
  using Schedule = std::function<double(int64_t epoch, double learning_rate)>;

  /// @throws ValueError for an empty function, and, in fit, for a rate that the optimizer refuses.
  explicit LearningRateScheduler(Schedule schedule, LearningRateSchedulerOptions options = {});
  template <class Function>
  requires std::is_invocable_r_v<double, Function, int64_t> &&
      (!std::is_invocable_v<Function, int64_t, double>)explicit LearningRateScheduler(
          Function schedule, LearningRateSchedulerOptions options = {})
      : LearningRateScheduler(
            Schedule([schedule = std::move(schedule)](int64_t epoch, double) { return schedule(epoch); }), options) {}
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::LearningRateScheduler;
}
