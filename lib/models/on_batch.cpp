#include <limits>
#include <utility>
#include <xtape/models/model_impl.hpp>

#include "models/callback_list.hpp"
#include "models/class_weight.hpp"
#include "models/epochs.hpp"
#include "models/sorted_logs.hpp"
#include "models/train_step.hpp"
#include "models/training.hpp"

// Single steps of training and evaluation.
namespace xtape::models {

Scores ModelImpl::train_on_batch(const Data& x, const Data& y, const BatchOptions& options) {
  const std::string what = "train_on_batch: ";
  Training& training = training_of("train_on_batch");
  const TrainingUse use(training.uses);
  check_unchanged(what);
  Batch batch = ordered(what, {x, y, options.sample_weight}, own_steps_.train);
  if (!options.class_weight.empty()) {
    batch = with_context(what, "", [&] {
      check_class_weight(options.class_weight);
      return with_class_weight(std::move(batch), options.class_weight);
    });
  }
  try_data(what, batch, own_steps_.train);
  check_has_weights(what);
  reset_metrics();
  callbacks::Logs logs = with_context(what, "", [&] { return train_step(batch); });
  training.gather_left_losses();
  if (own_steps_.train) constrain_variables(*this, std::exchange(training.left_weights, {}));
  if (own_steps_.train || own_metrics_) training.add_values(logs);
  sort_by_name(logs);
  return scores(own_steps_.train, logs);
}

Scores ModelImpl::test_on_batch(const Data& x, const Data& y, const BatchOptions& options) {
  const std::string what = "test_on_batch: ";
  Training& training = training_of("test_on_batch");
  const TrackersApart apart(training, listed_metrics(), training.fitting);
  if (!options.class_weight.empty()) {
    throw ValueError(what + "class_weight is for training; use sample_weight", name());
  }
  const Batch batch = ordered(what, {x, y, options.sample_weight}, own_steps_.test);
  try_data(what, batch, own_steps_.test);
  TensorEpochs epochs(what, TensorBatches(batch, std::numeric_limits<int64_t>::max()), false, std::nullopt);
  CallbackList callbacks({}, handle(), {});
  const callbacks::Logs logs = test(epochs, callbacks, true);
  return scores(own_steps_.test, logs);
}

}  // namespace xtape::models
