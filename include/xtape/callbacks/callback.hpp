#pragma once

#include <cstdint>
#include <memory>
#include <xtape/callbacks/logs.hpp>
#include <xtape/export.hpp>

namespace xtape::models {
class Model;
}

namespace xtape::callbacks {

/// What runs at certain moments of `fit`. To stop the training, call `model().set_stop_training(true)`.
class XTAPE_API Callback {
 public:
  virtual ~Callback() = default;

  virtual void on_train_begin() {}
  virtual void on_train_end() {}
  /// Epochs count from 0.
  virtual void on_epoch_begin(int64_t /*epoch*/) {}
  /// `logs`: loss and metrics, then those of the validation with `val_` in front. What is set in them goes to
  /// the callbacks after this one and to the History.
  virtual void on_epoch_end(int64_t /*epoch*/, Logs& /*logs*/) {}
  virtual void on_train_batch_begin(int64_t /*batch*/) {}
  /// `logs`: loss and metrics of the epoch so far.
  virtual void on_train_batch_end(int64_t /*batch*/, const Logs& /*logs*/) {}

  void set_model(const models::Model& model);

 protected:
  /// The model in training; set before on_train_begin. @throws ValueError before that.
  models::Model model() const;

 private:
  std::shared_ptr<const models::Model> model_;
};

}  // namespace xtape::callbacks
