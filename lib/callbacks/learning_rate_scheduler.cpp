#include <iostream>
#include <xtape/callbacks/learning_rate_scheduler.hpp>
#include <xtape/error.hpp>

#include "callbacks/learning_rate.hpp"
#include "callbacks/number_text.hpp"

namespace xtape::callbacks {
namespace {

class LearningRateSchedulerImpl final : public CallbackImpl {
 public:
  LearningRateSchedulerImpl(LearningRateScheduler::Schedule schedule, LearningRateSchedulerOptions options)
      : schedule_(std::move(schedule)), options_(options) {
    if (!schedule_) throw ValueError("LearningRateScheduler: the schedule must be a function, given an empty one");
  }

  void on_epoch_begin(int64_t epoch) override {
    const double rate = schedule_(epoch, logged_learning_rate(model()));
    model().optimizer().set_learning_rate(rate);
    if (options_.verbose > 0) {
      std::cout << "\nEpoch " << epoch + 1 << ": LearningRateScheduler setting learning rate to " << number_text(rate)
                << '.' << std::endl;
    }
  }

  void on_epoch_end(int64_t, Logs& logs) override { logs.set("learning_rate", logged_learning_rate(model())); }

 private:
  LearningRateScheduler::Schedule schedule_;
  LearningRateSchedulerOptions options_;
};

}  // namespace

LearningRateScheduler::LearningRateScheduler(Schedule schedule, LearningRateSchedulerOptions options)
    : Callback(LearningRateSchedulerImpl(std::move(schedule), options)) {}

}  // namespace xtape::callbacks
