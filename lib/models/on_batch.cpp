#include <limits>
#include <xtape/autograd.hpp>
#include <xtape/models/model_impl.hpp>

#include "models/train_step.hpp"
#include "models/training.hpp"

// Single steps of training and evaluation.
namespace xtape::models {

callbacks::Logs ModelImpl::train_on_batch(const Data& x, const Data& y, const BatchOptions& options) {
  Training& training = training_of("train_on_batch");
  const TrainingUse use(training.uses);
  check_trainable("train_on_batch: ");
  const Batch batch = ordered("train_on_batch: ", {x, y, options.sample_weight});
  if (!training.step) try_data("train_on_batch: ", batch);
  check_has_weights("train_on_batch: ");
  training.reset();
  const callbacks::Logs logs = with_context("train_on_batch: ", "", [&] { return train_step(batch); });
  return own_train_step_ ? logs : training.in_order();
}

callbacks::Logs ModelImpl::test_on_batch(const Data& x, const Data& y, const BatchOptions& options) {
  const Training& training = training_of("test_on_batch");
  const Batch batch = ordered("test_on_batch: ", {x, y, options.sample_weight});
  const callbacks::Logs logs =
      with_context("test_on_batch: ", "", [&] { return test(batch, std::numeric_limits<int64_t>::max(), 0); });
  return own_train_step_ ? logs : training.in_order();
}

}  // namespace xtape::models
