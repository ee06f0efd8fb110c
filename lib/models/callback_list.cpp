#include "models/callback_list.hpp"

#include <algorithm>
#include <functional>
#include <iostream>
#include <xtape/error.hpp>

namespace xtape::models {

using callbacks::CallbackImpl;
using callbacks::Logs;

CallbackList::CallbackList(const std::vector<callbacks::Callback>& callbacks, const Model& model,
                           const callbacks::Params& params)
    : params_(params) {
  for (const callbacks::Callback& callback : callbacks) {
    if (!callback) throw ValueError("a callback must not be null");
    callbacks_.push_back(callback.pointer().get());
  }
  at_ends_ = callbacks_;
  const auto is_outermost = [](const CallbackImpl* callback) { return callback->is_outermost(); };
  std::stable_partition(callbacks_.begin(), callbacks_.end(), is_outermost);
  std::stable_partition(at_ends_.begin(), at_ends_.end(), std::not_fn(is_outermost));
  for (CallbackImpl* callback : callbacks_) {
    callback->set_params(params);
    callback->set_model(model);
  }
  const bool shown = std::any_of(callbacks_.begin(), callbacks_.end(),
                                 [](const CallbackImpl* callback) { return callback->shows_progress(); });
  if (shown) params_.verbose = 0;
}

void CallbackList::begin_progress() {
  if (params_.verbose != 0) progress_.emplace(params_.steps, utils::ProgbarOptions{.verbose = params_.verbose});
}

// The one line of verbose = 2 is written at the end, of what stands there.
void CallbackList::show_progress(int64_t batch, const Logs& logs) {
  if (progress_ && params_.verbose == 1) progress_->update(batch + 1, logs);
}

void CallbackList::end_progress(int64_t size, const Logs& logs) {
  if (!progress_) return;
  // From the first epoch on the length is known.
  if (!params_.steps) params_.steps = size;
  progress_->set_target(*params_.steps);
  progress_->update(*params_.steps, logs, true);
  progress_.reset();
}

void CallbackList::on_train_begin() const {
  for (CallbackImpl* callback : callbacks_) callback->on_train_begin();
}
void CallbackList::on_train_end(const Logs& logs) const {
  for (CallbackImpl* callback : at_ends_) callback->on_train_end(logs);
}

std::optional<callbacks::Position> CallbackList::resumes_at() const {
  for (auto* callback : callbacks_) {
    if (const auto position = callback->resumes_at()) return position;
  }
  return std::nullopt;
}

void CallbackList::on_resume() const {
  for (auto* callback : callbacks_) callback->on_resume();
}

void CallbackList::on_epoch_begin(int64_t epoch) {
  for (CallbackImpl* callback : callbacks_) callback->on_epoch_begin(epoch);
  begin_progress();
  if (progress_ && params_.epochs > 1) {
    std::cout << "Epoch " << epoch + 1 << '/' << params_.epochs << std::endl;
  }
}
void CallbackList::on_epoch_end(int64_t epoch, int64_t size, Logs& logs) {
  for (CallbackImpl* callback : at_ends_) callback->on_epoch_end(epoch, logs);
  end_progress(size, logs);
}
void CallbackList::on_train_batch_begin(int64_t batch) const {
  for (CallbackImpl* callback : callbacks_) callback->on_train_batch_begin(batch);
}
void CallbackList::on_train_batch_end(int64_t batch, const Logs& logs) {
  for (CallbackImpl* callback : at_ends_) callback->on_train_batch_end(batch, logs);
  show_progress(batch, logs);
}

void CallbackList::on_test_begin(bool alone) {
  for (CallbackImpl* callback : callbacks_) callback->on_test_begin();
  if (alone) begin_progress();
}
void CallbackList::on_test_end(int64_t size, const Logs& logs, bool alone) {
  for (CallbackImpl* callback : at_ends_) callback->on_test_end(logs);
  if (alone) end_progress(size, logs);
}
void CallbackList::on_test_batch_begin(int64_t batch) const {
  for (CallbackImpl* callback : callbacks_) callback->on_test_batch_begin(batch);
}
void CallbackList::on_test_batch_end(int64_t batch, const Logs& logs, bool alone) {
  for (CallbackImpl* callback : at_ends_) callback->on_test_batch_end(batch, logs);
  if (alone) show_progress(batch, logs);
}

void CallbackList::on_predict_begin() {
  for (CallbackImpl* callback : callbacks_) callback->on_predict_begin();
  begin_progress();
}
void CallbackList::on_predict_end(int64_t size) {
  for (CallbackImpl* callback : at_ends_) callback->on_predict_end();
  end_progress(size, {});
}
void CallbackList::on_predict_batch_begin(int64_t batch) const {
  for (CallbackImpl* callback : callbacks_) callback->on_predict_batch_begin(batch);
}
void CallbackList::on_predict_batch_end(int64_t batch, const std::vector<Tensor>& outputs) {
  for (CallbackImpl* callback : at_ends_) callback->on_predict_batch_end(batch, outputs);
  show_progress(batch, {});
}

}  // namespace xtape::models
