#include <algorithm>
#include <iostream>
#include <xtape/callbacks/reduce_lr_on_plateau.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>

#include "callbacks/learning_rate.hpp"
#include "callbacks/monitor.hpp"
#include "callbacks/number_text.hpp"

namespace xtape::callbacks {
namespace {

constexpr const char* owner = "ReduceLROnPlateau";

class ReduceLROnPlateauImpl final : public CallbackImpl {
 public:
  explicit ReduceLROnPlateauImpl(ReduceLROnPlateauOptions options)
      : options_(std::move(options)), monitor_(owner, options_.monitor, options_.mode, options_.min_delta) {
    if (options_.factor >= 1) {
      throw ValueError("ReduceLROnPlateau does not support a factor >= 1.0. Received factor=" +
                       number_text(options_.factor));
    }
    detail::check_number(owner, "factor", options_.factor, detail::Range::finite_and_positive);
    detail::check_at_least(0, owner, "patience", options_.patience);
    detail::check_at_least(0, owner, "cooldown", options_.cooldown);
    detail::check_number(owner, "min_lr", options_.min_lr, detail::Range::finite_and_not_negative);
  }

  void on_train_begin() override {
    cooldown_ = wait_ = 0;
    best_ = monitor_.worst();
  }

  void on_epoch_end(int64_t epoch, Logs& logs) override {
    logs.set("learning_rate", logged_learning_rate(model()));
    if (!monitor_.is_in(logs, "Learning rate reduction is", model().stop_training())) return;
    const double current = monitor_.value(logs);
    if (cooldown_ > 0) {
      --cooldown_;
      wait_ = 0;
    }
    if (monitor_.improves(current, best_)) {
      best_ = current;
      wait_ = 0;
    } else if (cooldown_ == 0 && ++wait_ >= options_.patience) {
      reduce(epoch);
    }
  }

 private:
  void reduce(int64_t epoch) {
    const double old_rate = logged_learning_rate(model());
    if (old_rate <= static_cast<double>(static_cast<float>(options_.min_lr))) return;
    const double rate = std::max(old_rate * options_.factor, options_.min_lr);
    model().optimizer().set_learning_rate(rate);
    if (options_.verbose > 0) {
      std::cout << "\nEpoch " << epoch + 1 << ": ReduceLROnPlateau reducing learning rate to " << number_text(rate)
                << '.' << std::endl;
    }
    cooldown_ = options_.cooldown;
    wait_ = 0;
  }

  ReduceLROnPlateauOptions options_;
  Monitor monitor_;
  int64_t cooldown_ = 0, wait_ = 0;
  double best_ = 0;  // set by on_train_begin
};

}  // namespace

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : Callback(ReduceLROnPlateauImpl(std::move(options))) {}

}  // namespace xtape::callbacks
