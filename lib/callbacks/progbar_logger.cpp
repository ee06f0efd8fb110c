#include <iostream>
#include <optional>
#include <xtape/callbacks/progbar_logger.hpp>
#include <xtape/utils/progbar.hpp>

namespace xtape::callbacks {
namespace {

class ProgbarLoggerImpl final : public CallbackImpl {
 public:
  bool shows_progress() const override { return true; }
  void set_params(const Params& params) override {
    // Those of a validation within fit are not told.
    CallbackImpl::set_params(params);
    target_ = params.steps;
    in_fit_ = false;
  }

  void on_train_begin() override { in_fit_ = true; }
  void on_train_end(const Logs&) override { in_fit_ = false; }
  void on_epoch_begin(int64_t epoch) override {
    begin();
    if (params().verbose != 0 && params().epochs > 1) {
      std::cout << "Epoch " << epoch + 1 << '/' << params().epochs << std::endl;
    }
  }
  void on_train_batch_end(int64_t batch, const Logs& logs) override { update(batch, logs); }
  void on_epoch_end(int64_t, Logs& logs) override { finish(logs); }

  void on_test_begin() override {
    if (!in_fit_) begin();
  }
  void on_test_batch_end(int64_t batch, const Logs& logs) override {
    if (!in_fit_) update(batch, logs);
  }
  void on_test_end(const Logs& logs) override {
    if (!in_fit_) finish(logs);
  }

  void on_predict_begin() override { begin(); }
  void on_predict_batch_end(int64_t batch, const std::vector<Tensor>&) override { update(batch, {}); }
  void on_predict_end() override { finish({}); }

 private:
  void begin() {
    seen_ = 0;
    bar_.emplace(target_, utils::ProgbarOptions{.verbose = params().verbose});
  }
  void update(int64_t batch, const Logs& logs) {
    seen_ = batch + 1;
    // The one line of verbose = 2 is written at the end, of what stands there.
    if (bar_ && params().verbose == 1) bar_->update(seen_, logs);
  }
  void finish(const Logs& logs) {
    if (!bar_) return;
    // From the first epoch on the length is known.
    if (!target_ && seen_ > 0) {
      target_ = seen_;
      bar_->set_target(seen_);
    }
    bar_->update(target_.value_or(seen_), logs, true);
    bar_.reset();
  }

  std::optional<int64_t> target_;
  std::optional<utils::Progbar> bar_;
  int64_t seen_ = 0;
  bool in_fit_ = false;
};

}  // namespace

ProgbarLogger::ProgbarLogger() : Callback(ProgbarLoggerImpl()) {}

}  // namespace xtape::callbacks
