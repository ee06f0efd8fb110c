#include <xtape/callbacks/lambda_callback.hpp>

namespace xtape::callbacks {
namespace {

class LambdaCallbackImpl final : public CallbackImpl {
 public:
  explicit LambdaCallbackImpl(LambdaCallbackOptions options) : call_(std::move(options)) {}

  void on_train_begin() override { run(call_.on_train_begin); }
  void on_train_end(const Logs& logs) override { run(call_.on_train_end, logs); }
  void on_epoch_begin(int64_t epoch) override { run(call_.on_epoch_begin, epoch); }
  void on_epoch_end(int64_t epoch, Logs& logs) override { run(call_.on_epoch_end, epoch, logs); }
  void on_train_batch_begin(int64_t batch) override { run(call_.on_train_batch_begin, batch); }
  void on_train_batch_end(int64_t batch, const Logs& logs) override { run(call_.on_train_batch_end, batch, logs); }
  void on_test_begin() override { run(call_.on_test_begin); }
  void on_test_end(const Logs& logs) override { run(call_.on_test_end, logs); }
  void on_test_batch_begin(int64_t batch) override { run(call_.on_test_batch_begin, batch); }
  void on_test_batch_end(int64_t batch, const Logs& logs) override { run(call_.on_test_batch_end, batch, logs); }
  void on_predict_begin() override { run(call_.on_predict_begin); }
  void on_predict_end() override { run(call_.on_predict_end); }
  void on_predict_batch_begin(int64_t batch) override { run(call_.on_predict_batch_begin, batch); }
  void on_predict_batch_end(int64_t batch, const std::vector<Tensor>& outputs) override {
    run(call_.on_predict_batch_end, batch, outputs);
  }

 private:
  template <class Function, class... Arguments>
  static void run(const Function& function, Arguments&... arguments) {
    if (function) function(arguments...);
  }

  LambdaCallbackOptions call_;
};

}  // namespace

LambdaCallback::LambdaCallback(LambdaCallbackOptions options) : Callback(LambdaCallbackImpl(std::move(options))) {}

}  // namespace xtape::callbacks
