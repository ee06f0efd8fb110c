#include <iostream>
#include <memory>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>

#include "models/callback_list.hpp"
#include "models/epochs.hpp"
#include "models/options_in_range.hpp"
#include "models/training.hpp"

namespace xtape::models {

callbacks::Logs ModelImpl::test_step(const Batch& batch) {
  Training& training = training_of("test_step");
  const std::vector<Tensor> y_pred = outputs_for(batch.x, false);
  const double loss = compute_loss(batch.x, batch.y, y_pred, batch.sample_weight).item();
  know_outputs(y_pred.size());
  training.gather(batch, y_pred, loss, std::exchange(training.output_losses, {}));
  return training.sorted();
}

callbacks::Logs ModelImpl::test(Epochs& epochs, CallbackList& callbacks, bool alone) {
  Training& training = *training_;
  const TrainingUse use(training.uses);
  training.penalties = Penalties(*this);
  callbacks.on_test_begin(alone);
  reset_metrics();
  callbacks::Logs logs;
  Batch batch;
  int64_t step = 0;
  const auto where = [&] { return epochs.where(); };
  if (!epochs.begin()) std::cerr << epochs.where() << "there are no batches any more" << std::endl;
  while (epochs.next(batch)) {
    callbacks.on_test_batch_begin(step);
    const int64_t last = step + training.options.steps_per_execution;
    do {
      const NoGrad no_grad;
      with_context(where, "", [&] { logs = test_step(batch); });
    } while (++step < last && epochs.next(batch));
    callbacks.on_test_batch_end(step - 1, logs, alone);
  }
  callbacks.on_test_end(step, logs, alone);
  return logs;
}

std::unique_ptr<Epochs> ModelImpl::test_tensors(const std::string& what, const Batch& data, int64_t batch_size,
                                                std::optional<int64_t> steps) {
  try_data(what, data, own_steps_.test);
  return std::make_unique<TensorEpochs>(what, TensorBatches(data, batch_size), false, steps);
}

std::unique_ptr<Epochs> ModelImpl::test_batches(const std::string& what, const Batches& batches,
                                                std::optional<int64_t> steps, bool finite) {
  auto epochs = std::make_unique<StreamEpochs>(what, batches, steps, [this, finite](const Batch& batch) {
    return prepared("", batch, own_steps_.test, finite);
  });
  const Batch first = with_context("", "", [&] { return epochs->first(); });
  try_data(epochs->where(), first, own_steps_.test);
  return epochs;
}

Scores ModelImpl::evaluate(Epochs& epochs, const EvaluateOptions& options) {
  CallbackList callbacks(options.callbacks, handle(), {options.verbose, 1, epochs.size()});
  callbacks::Logs logs = test(epochs, callbacks, true);
  return Scores(own_steps_.test ? std::move(logs) : training_->in_order());
}

Scores ModelImpl::evaluate(const Data& x, const Data& y, const EvaluateOptions& options) {
  const TrackersApart apart(training_of("evaluate"));
  check_in_range(options, name());
  const Batch data = prepared("evaluate: ", {x, y, options.sample_weight}, own_steps_.test, options.check_finite);
  return evaluate(*test_tensors("evaluate: ", data, options.batch_size, options.steps), options);
}

Scores ModelImpl::evaluate(const Batches& batches, const EvaluateOptions& options) {
  const TrackersApart apart(training_of("evaluate"));
  check_in_range(options, name());
  if (options.sample_weight.defined()) {
    throw ValueError("evaluate: batches bring their own sample_weight, as the third of (x, y, sample_weight)", name());
  }
  return evaluate(*test_batches("evaluate: ", batches, options.steps, options.check_finite), options);
}

}  // namespace xtape::models
