#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/utils/progbar.hpp>

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

// Measures loss and metrics; returns them in alphabetical order.
callbacks::Logs ModelImpl::test(const Batch& data, int64_t batch_size, int verbose) {
  Training& training = *training_;
  const TrainingUse use(training.uses);
  const NoGrad no_grad;
  training.penalties = Penalties(*this);
  const Batches batches(data, batch_size);
  training.reset();
  utils::Progbar progress(batches.size(), {.verbose = verbose});
  callbacks::Logs logs;
  for (int64_t step = 0; step < batches.size(); ++step) {
    logs = test_step(batches[step]);
    progress.update(step + 1, logs);
  }
  progress.update(batches.size(), logs, true);
  return logs;
}

callbacks::Logs ModelImpl::evaluate(const Data& x, const Data& y, const EvaluateOptions& options) {
  const Training& training = training_of("evaluate");
  detail::check_at_least(1, "evaluate", "batch_size", options.batch_size, name());
  const Batch data = ordered("evaluate: ", {x, y, options.sample_weight});
  try_data("evaluate: ", data);
  const callbacks::Logs logs =
      with_context("evaluate: ", "", [&] { return test(data, options.batch_size, options.verbose); });
  return own_train_step_ ? logs : training.in_order();
}

}  // namespace xtape::models
