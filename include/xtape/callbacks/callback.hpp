#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>
#include <xtape/callbacks/logs.hpp>
#include <xtape/callbacks/position.hpp>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/object_handle.hpp>

namespace xtape::models {
class Model;
}

namespace xtape::callbacks {

/// What callbacks are told before on_train_begin, on_test_begin or on_predict_begin.
struct Params {
  int verbose = 0;
  /// 1 in evaluate and predict.
  int64_t epochs = 1;
  /// Batches of an epoch; nothing while the length of the data is unknown.
  std::optional<int64_t> steps = {};
};

/// What runs at certain moments of `fit`, `evaluate` and `predict`. One of one's own derives from it:
/// ```
/// struct Stop : callbacks::CallbackImpl {
///   void on_epoch_end(int64_t, Logs& logs) override { model().set_stop_training(logs["loss"] < 0.1); }
/// };
/// model.fit(x, y, {.callbacks = {Stop()}});
/// ```
/// In `fit` the hooks of the validation are those of `evaluate`. Epochs and batches count from 0. An exception ends
/// what was called.
class XTAPE_API CallbackImpl {
 public:
  virtual ~CallbackImpl() = default;

  virtual void on_train_begin() {}
  /// `logs`: those of the last epoch.
  virtual void on_train_end(const Logs& /*logs*/) {}
  /// Asked by `fit` behind on_train_begin: where the training goes on, instead of with initial_epoch. The first
  /// callback that says so is followed.
  virtual std::optional<Position> resumes_at() { return std::nullopt; }
  /// Told before the epoch of that place begins or, where batches of it are done, when it has begun and its data stand
  /// there: to set what was changed before.
  virtual void on_resume() {}
  virtual void on_epoch_begin(int64_t /*epoch*/) {}
  /// `logs`: loss and metrics, and those of the validation with `val_` in front, in alphabetical order. What is set in
  /// them goes to the callbacks after this one, to the line that fit writes and to the History.
  virtual void on_epoch_end(int64_t /*epoch*/, Logs& /*logs*/) {}
  virtual void on_train_batch_begin(int64_t batch) { on_batch_begin(batch); }
  /// `logs`: loss and metrics of the epoch so far.
  virtual void on_train_batch_end(int64_t batch, const Logs& logs) { on_batch_end(batch, logs); }
  /// Keras's other names of these two.
  virtual void on_batch_begin(int64_t /*batch*/) {}
  virtual void on_batch_end(int64_t /*batch*/, const Logs& /*logs*/) {}

  virtual void on_test_begin() {}
  /// `logs`: loss and metrics of all batches.
  virtual void on_test_end(const Logs& /*logs*/) {}
  virtual void on_test_batch_begin(int64_t /*batch*/) {}
  /// `logs`: loss and metrics of the batches so far.
  virtual void on_test_batch_end(int64_t /*batch*/, const Logs& /*logs*/) {}

  virtual void on_predict_begin() {}
  virtual void on_predict_end() {}
  virtual void on_predict_batch_begin(int64_t /*batch*/) {}
  /// `outputs`: those of the model for this batch.
  virtual void on_predict_batch_end(int64_t /*batch*/, const std::vector<Tensor>& /*outputs*/) {}

  /// Whether `fit` tells the callback of beginnings before all others, and of ends after them, wherever it stands in
  /// the list: what the others set is then in what it keeps.
  virtual bool is_outermost() const { return false; }
  /// Whether the callback shows the progress, so that fit, evaluate and predict do not.
  virtual bool shows_progress() const { return false; }
  /// Both are called before the first hook.
  virtual void set_params(const Params& params) { params_ = params; }
  virtual void set_model(const models::Model& model);

  const Params& params() const { return params_; }
  /// The model in training. @throws ValueError before the first hook.
  models::Model model() const;

 private:
  Params params_;
  std::shared_ptr<const models::Model> model_;
};

/// A handle: a copy is the same callback, which can be looked at after `fit`.
/// ```
/// const callbacks::EarlyStopping stopping({.patience = 3});
/// model.fit(x, y, {.epochs = 50, .callbacks = {stopping}});
/// stopping.stopped_epoch();
/// ```
/// One of one's own is moved into it, `Stop()`, or given as a std::shared_ptr.
class XTAPE_API Callback : public ObjectHandle<CallbackImpl> {
 public:
  using ObjectHandle::ObjectHandle;
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::Callback;
using callbacks::CallbackImpl;
}  // namespace xtape
