#pragma once

#include <cstdint>
#include <optional>
#include <vector>
#include <xtape/callbacks/callback.hpp>
#include <xtape/models/model.hpp>
#include <xtape/utils/progbar.hpp>

namespace xtape::models {

// The callbacks of one call of fit, evaluate or predict, and the progress that it shows after them.
class CallbackList {
 public:
  // @throws ValueError for one that is null.
  CallbackList(const std::vector<callbacks::Callback>& callbacks, const Model& model, const callbacks::Params& params);

  void on_train_begin() const;
  void on_train_end(const callbacks::Logs& logs) const;
  // Where the first one that knows a place has the training go on.
  std::optional<callbacks::Position> resumes_at() const;
  void on_resume() const;
  void on_epoch_begin(int64_t epoch);
  // `size`: how many batches the epoch had.
  void on_epoch_end(int64_t epoch, int64_t size, callbacks::Logs& logs);
  void on_train_batch_begin(int64_t batch) const;
  void on_train_batch_end(int64_t batch, const callbacks::Logs& logs);

  // Those of a validation within fit show no progress.
  void on_test_begin(bool alone);
  void on_test_end(int64_t size, const callbacks::Logs& logs, bool alone);
  void on_test_batch_begin(int64_t batch) const;
  void on_test_batch_end(int64_t batch, const callbacks::Logs& logs, bool alone);

  void on_predict_begin();
  void on_predict_end(int64_t size);
  void on_predict_batch_begin(int64_t batch) const;
  void on_predict_batch_end(int64_t batch, const std::vector<Tensor>& outputs);

 private:
  void begin_progress();
  void show_progress(int64_t batch, const callbacks::Logs& logs);
  void end_progress(int64_t size, const callbacks::Logs& logs);

  // As they are told of beginnings, and of ends.
  std::vector<callbacks::CallbackImpl*> callbacks_, at_ends_;
  callbacks::Params params_;
  std::optional<utils::Progbar> progress_;
};

}  // namespace xtape::models
