#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/utils/progbar.hpp>

#include "models/train_step.hpp"
#include "models/training.hpp"

namespace xtape::models {
namespace {

void check_options(const FitOptions& options, const std::string& path) {
  detail::check_at_least(1, "fit", "batch_size", options.batch_size, path);
  detail::check_at_least(1, "fit", "epochs", options.epochs, path);
  if (options.verbose < 0 || options.verbose > 2) {
    throw ValueError("fit: verbose must be 0, 1 or 2, given " + std::to_string(options.verbose), path);
  }
  detail::check_number("fit", "validation_split", options.validation_split, detail::Range::from_0_below_1, path);
  for (const auto& callback : options.callbacks) {
    if (!callback) throw ValueError("fit: a callback must not be null", path);
  }
}

struct Split {
  Batch train, validation;
  // Where the latter come from, for errors; empty if there are none.
  std::string source = {};
};

// The samples to train on, and those to validate on, split off the end as Keras does.
Split split(const Batch& data, double validation_split) {
  const int64_t count = data.x[0].shape(0);
  const auto kept = static_cast<int64_t>(std::floor(static_cast<double>(count) * (1 - validation_split)));
  if (kept == 0 || kept == count) {
    throw ValueError("validation_split " + std::to_string(validation_split) + " of " + std::to_string(count) +
                     " samples leaves none to " + (kept == 0 ? "train" : "validate") + " on");
  }
  return {slice(data, {0, kept}), slice(data, {kept, count}), "fit: validation_split: "};
}

}  // namespace

callbacks::Logs ModelImpl::train_step(const Batch& batch) {
  Training& training = training_of("train_step");
  if (!training.step) {
    training.penalties = Penalties(*this);
    training.step = std::make_unique<TrainStep>(*this, training.options.optimizer, training.options.jit_compile,
                                                training.output_losses);
  }
  const TrainStep::Result result = (*training.step)(batch);
  know_outputs(result.y_pred.size());
  training.gather(batch, result.y_pred, result.loss.item(), result.output_losses);
  return training.sorted();
}

callbacks::History ModelImpl::fit(const Data& x, const Data& y, const FitOptions& options) {
  Training& training = training_of("fit");
  const TrainingUse use(training.uses);
  check_options(options, name());
  check_trainable("fit: ");
  const Batch given = ordered("fit: ", {x, y, options.sample_weight});
  Split data{given, {}};
  if (options.validation_data.x.defined() || options.validation_data.y.defined()) {
    data.source = "fit: validation_data: ";
    data.validation = ordered(data.source, options.validation_data);
  } else if (options.validation_split != 0) {
    data = with_context("fit: ", "", [&] { return split(given, options.validation_split); });
  }
  const bool validates = !data.source.empty();
  // Where there are two kinds of data, errors say which they mean.
  const char* const trains = validates ? "fit: training data: " : "fit: ";
  try_data(trains, data.train);
  if (validates) try_data(data.source, data.validation);
  check_has_weights("fit: ");

  const Model model = handle();
  callbacks::History history;
  const std::vector<callbacks::Callback>& callbacks = options.callbacks;
  stop_training = false;
  for (const callbacks::Callback& callback : callbacks) {
    callback->set_model(model);
    callback->on_train_begin();
  }

  Batches batches(data.train, options.batch_size);
  // The step belongs to the weights that this fit finds, and goes with it.
  const auto forget = [](Training* finished) { finished->step.reset(); };
  const std::unique_ptr<Training, decltype(forget)> stepping(&training, forget);
  training.step.reset();
  callbacks::Logs logs;
  for (int64_t epoch = 0; epoch < options.epochs && !stop_training; ++epoch) {
    if (options.verbose > 0 && options.epochs > 1) {
      std::cout << "Epoch " << epoch + 1 << '/' << options.epochs << std::endl;
    }
    for (const callbacks::Callback& callback : callbacks) callback->on_epoch_begin(epoch);
    training.reset();
    if (options.shuffle) batches.set_order(randperm(batches.samples()));
    utils::Progbar progress(batches.size(), {.verbose = options.verbose});
    logs = {};
    for (int64_t step = 0; step < batches.size(); ++step) {
      for (const callbacks::Callback& callback : callbacks) callback->on_train_batch_begin(step);
      with_context(trains, "", [&] { logs = train_step(batches[step]); });
      for (const callbacks::Callback& callback : callbacks) callback->on_train_batch_end(step, logs);
      progress.update(step + 1, logs);
    }
    if (validates) {
      const callbacks::Logs validation =
          with_context(data.source, "", [&] { return test(data.validation, options.batch_size, 0); });
      for (const auto& [key, value] : validation) logs.set("val_" + key, value);
    }
    progress.update(batches.size(), logs, true);
    for (const callbacks::Callback& callback : callbacks) callback->on_epoch_end(epoch, logs);
    history.add(epoch, logs);
  }
  for (const callbacks::Callback& callback : callbacks) callback->on_train_end(logs);
  return history;
}

}  // namespace xtape::models
