#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/utils/progbar.hpp>

#include "models/training.hpp"

namespace xtape::models {

callbacks::Logs ModelImpl::test_step(const Tensor& x, const Tensor& y) {
  Training& training = training_of("test_step");
  const Tensor y_pred = apply(x, false);
  training.gather(y, y_pred, compute_loss(x, y, y_pred).item());
  return training.sorted();
}

// Measures loss and metrics; returns them in alphabetical order.
callbacks::Logs ModelImpl::test(const Tensor& x, const Tensor& y, int64_t batch_size, int verbose) {
  Training& training = *training_;
  const NoGrad no_grad;
  training.penalties = Penalties(*this);
  const Batches batches(x, y, batch_size);
  training.reset();
  utils::Progbar progress(batches.size(), {.verbose = verbose});
  callbacks::Logs logs;
  for (int64_t step = 0; step < batches.size(); ++step) {
    const auto [x_batch, y_batch] = batches[step];
    logs = test_step(x_batch, y_batch);
    progress.update(step + 1, logs);
  }
  progress.update(batches.size(), logs, true);
  return logs;
}

callbacks::Logs ModelImpl::evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options) {
  const Training& training = training_of("evaluate");
  detail::check_at_least(1, "evaluate", "batch_size", options.batch_size, name());
  check_data("evaluate: ", x, y);
  try_data("evaluate: ", x, y);
  const callbacks::Logs logs =
      with_context("evaluate: ", "", [&] { return test(x, y, options.batch_size, options.verbose); });
  return own_train_step_ ? logs : training.in_order();
}

}  // namespace xtape::models
