#pragma once

#include <cstdint>
#include <functional>
#include <vector>
#include <xtape/callbacks/callback.hpp>

namespace xtape::callbacks {

/// What is called at which moment (CallbackImpl); empty ones are not.
struct LambdaCallbackOptions {
  std::function<void(int64_t epoch)> on_epoch_begin = {};
  std::function<void(int64_t epoch, Logs& logs)> on_epoch_end = {};
  std::function<void()> on_train_begin = {};
  std::function<void(const Logs& logs)> on_train_end = {};
  std::function<void(int64_t batch)> on_train_batch_begin = {};
  std::function<void(int64_t batch, const Logs& logs)> on_train_batch_end = {};
  std::function<void()> on_test_begin = {};
  std::function<void(const Logs& logs)> on_test_end = {};
  std::function<void(int64_t batch)> on_test_batch_begin = {};
  std::function<void(int64_t batch, const Logs& logs)> on_test_batch_end = {};
  std::function<void()> on_predict_begin = {};
  std::function<void()> on_predict_end = {};
  std::function<void(int64_t batch)> on_predict_batch_begin = {};
  std::function<void(int64_t batch, const std::vector<Tensor>& outputs)> on_predict_batch_end = {};
};

/// A callback made of functions:
/// ```
/// callbacks::LambdaCallback({.on_epoch_end = [](int64_t epoch, const callbacks::Logs& logs) {
///   std::cout << epoch << ' ' << logs["loss"] << '\n';
/// }});
/// ```
class XTAPE_API LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(LambdaCallbackOptions options);
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::LambdaCallback;
}
