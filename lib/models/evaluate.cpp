#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/models/model.hpp>
#include <xtape/utils/progbar.hpp>

#include "models/training.hpp"

namespace xtape::models {

// Measures loss and metrics; returns them in alphabetical order.
callbacks::Logs Model::test(const Tensor& x, const Tensor& y, int64_t batch_size, int verbose) {
  Training& training = *training_;
  const NoGrad no_grad;
  const Penalties penalties(*this);
  const Batches batches(x, y, batch_size);
  training.reset();
  utils::Progbar progress(batches.size(), {.verbose = verbose});
  callbacks::Logs logs;
  for (int64_t step = 0; step < batches.size(); ++step) {
    const auto [x_batch, y_batch] = batches[step];
    const Tensor y_pred = (*this)(x_batch);
    const Tensor loss = penalties.add_to((*training.loss)(y_batch, y_pred));
    training.gather(y_batch, y_pred, loss.item());
    training.write_sorted(logs);
    progress.update(step + 1, logs);
  }
  progress.update(batches.size(), logs, true);
  return logs;
}

callbacks::Logs Model::evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options) {
  const Training& training = this->training("evaluate");
  detail::check_at_least(1, "evaluate", "batch_size", options.batch_size, name());
  check_data("evaluate: ", x, y);
  try_data("evaluate: ", x, y);
  with_context("evaluate: ", "", [&] { test(x, y, options.batch_size, options.verbose); });
  return training.in_order();
}

}  // namespace xtape::models
