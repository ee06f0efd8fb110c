#include <iostream>
#include <limits>
#include <vector>
#include <xtape/callbacks/early_stopping.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/models/model.hpp>

#include "callbacks/monitor.hpp"

namespace xtape::callbacks {
namespace {

constexpr const char* owner = "EarlyStopping";

class EarlyStoppingImpl final : public CallbackImpl {
 public:
  explicit EarlyStoppingImpl(EarlyStoppingOptions options)
      : options_(std::move(options)), monitor_(owner, options_.monitor, options_.mode, options_.min_delta) {
    detail::check_at_least(0, owner, "patience", options_.patience);
    detail::check_at_least(0, owner, "start_from_epoch", options_.start_from_epoch);
    detail::check_number(owner, "baseline", options_.baseline.value_or(0), detail::Range::finite);
  }

  void on_train_begin() override {
    wait = stopped_epoch = best_epoch = 0;
    best = monitor_.worst();
    best_weights_.clear();
  }

  void on_epoch_end(int64_t epoch, Logs& logs) override {
    if (!monitor_.is_in(logs, "Early stopping", model().stop_training()) || epoch < options_.start_from_epoch) return;
    const double current = monitor_.value(logs);
    // Some weights are restored in any case, those of the first epoch if none is better.
    if (options_.restore_best_weights && best_weights_.empty()) keep_weights(epoch);
    ++wait;
    if (monitor_.improves(current, best)) {
      best = current;
      best_epoch = epoch;
      if (options_.restore_best_weights) keep_weights(epoch);
      if (!options_.baseline || monitor_.improves(current, *options_.baseline)) wait = 0;
    } else if (wait >= options_.patience && epoch > 0) {
      stopped_epoch = epoch;
      model().set_stop_training(true);
    }
  }

  void on_train_end(const Logs&) override {
    if (stopped_epoch > 0 && options_.verbose > 0) {
      std::cout << "Epoch " << stopped_epoch + 1 << ": early stopping" << std::endl;
    }
    if (best_weights_.empty()) return;
    if (options_.verbose > 0) {
      std::cout << "Restoring model weights from the end of the best epoch: " << best_epoch + 1 << '.' << std::endl;
    }
    model().set_weights(best_weights_);
  }

  int64_t wait = 0, stopped_epoch = 0, best_epoch = 0;
  double best = std::numeric_limits<double>::infinity();

 private:
  void keep_weights(int64_t epoch) {
    best_weights_ = model().get_weights();
    best_epoch = epoch;
  }

  EarlyStoppingOptions options_;
  Monitor monitor_;
  std::vector<Tensor> best_weights_;
};

const EarlyStoppingImpl& impl(const EarlyStopping& stopping) {
  return static_cast<const EarlyStoppingImpl&>(*stopping);
}

}  // namespace

EarlyStopping::EarlyStopping(EarlyStoppingOptions options) : Callback(EarlyStoppingImpl(std::move(options))) {}

int64_t EarlyStopping::stopped_epoch() const { return impl(*this).stopped_epoch; }
int64_t EarlyStopping::best_epoch() const { return impl(*this).best_epoch; }
double EarlyStopping::best() const { return impl(*this).best; }
int64_t EarlyStopping::wait() const { return impl(*this).wait; }

}  // namespace xtape::callbacks
