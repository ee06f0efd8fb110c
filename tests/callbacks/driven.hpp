#pragma once

#include <string>
#include <vector>
#include <xtape/xtape.hpp>

namespace xtape::test {

inline Sequential small_model() {
  Sequential model{layers::Dense(1, {.kernel_initializer = "zeros", .input_shape = {2}})};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.5}), .loss = "mse"});
  return model;
}

// Calls a callback as a fit does whose epochs give these values of `name`. In epoch e the weights are e + 1. Returns
// how many epochs were run.
inline int64_t drive(const Callback& callback, const Sequential& model, const std::string& name,
                     const std::vector<double>& values) {
  model.set_stop_training(false);
  callback->set_params({.epochs = static_cast<int64_t>(values.size())});
  callback->set_model(model);
  callback->on_train_begin();
  callbacks::Logs logs;
  int64_t epoch = 0;
  for (; epoch < static_cast<int64_t>(values.size()) && !model.stop_training(); ++epoch) {
    callback->on_epoch_begin(epoch);
    model.set_weights({full({2, 1}, static_cast<double>(epoch + 1)), zeros({1})});
    logs = {};
    logs.set(name, values[static_cast<std::size_t>(epoch)]);
    callback->on_epoch_end(epoch, logs);
  }
  callback->on_train_end(logs);
  return epoch;
}

// The weight that drive left.
inline double weight(const Sequential& model) { return model.get_weights()[0].to_vector<double>()[0]; }

}  // namespace xtape::test
