#include <cmath>
#include <iostream>
#include <xtape/callbacks/terminate_on_nan.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model.hpp>

#include "callbacks/number_text.hpp"

namespace xtape::callbacks {
namespace {

class TerminateOnNaNImpl final : public CallbackImpl {
 public:
  explicit TerminateOnNaNImpl(TerminateOnNaNOptions options) : options_(options) {}

  void on_train_batch_end(int64_t batch, const Logs& logs) override {
    if (!logs.contains("loss") || std::isfinite(logs["loss"])) return;
    if (options_.raise_error) {
      throw RuntimeError("NaN or Inf loss encountered at batch " + std::to_string(batch) +
                         ". Loss value: " + number_text(logs["loss"]) + ". Terminating training immediately.");
    }
    std::cout << "Batch " << batch << ": Invalid loss, terminating training" << std::endl;
    model().set_stop_training(true);
  }

 private:
  TerminateOnNaNOptions options_;
};

}  // namespace

TerminateOnNaN::TerminateOnNaN(TerminateOnNaNOptions options) : Callback(TerminateOnNaNImpl(options)) {}

}  // namespace xtape::callbacks
