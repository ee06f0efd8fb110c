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

struct Data {
  Tensor x, y, x_validation, y_validation;
  // Where the latter come from, for errors.
  const char* validation = "";
};

// The samples to train on, and those to validate on: given, or split off the end as Keras does.
Data split(const Tensor& x, const Tensor& y, const FitOptions& options, const std::string& path) {
  const auto& [x_validation, y_validation] = options.validation_data;
  if (x_validation.defined() || y_validation.defined()) {
    return {x, y, x_validation, y_validation, "fit: validation_data: "};
  }
  if (options.validation_split == 0) return {x, y, {}, {}};
  const int64_t count = x.shape(0);
  const auto kept = static_cast<int64_t>(std::floor(static_cast<double>(count) * (1 - options.validation_split)));
  if (kept == 0 || kept == count) {
    throw ValueError("fit: validation_split " + std::to_string(options.validation_split) + " of " +
                         std::to_string(count) + " samples leaves none to " + (kept == 0 ? "train" : "validate") +
                         " on",
                     path);
  }
  return {x.slice(0, {0, kept}), y.slice(0, {0, kept}), x.slice(0, {kept, count}), y.slice(0, {kept, count}),
          "fit: validation_split: "};
}

}  // namespace

callbacks::Logs ModelImpl::train_step(const Tensor& x, const Tensor& y) {
  Training& training = training_of("train_step");
  if (!training.step) {
    training.penalties = Penalties(*this);
    training.step = std::make_unique<TrainStep>(*this, training.optimizer, training.jit_compile);
  }
  const auto [loss, y_pred] = (*training.step)(x, y);
  training.gather(y, y_pred, loss.item());
  return training.sorted();
}

callbacks::History ModelImpl::fit(const Tensor& x, const Tensor& y, const FitOptions& options) {
  Training& training = training_of("fit");
  check_options(options, name());
  check_trainable();
  check_data("fit: ", x, y);
  const Data data = split(x, y, options, name());
  const bool validates = *data.validation != 0;
  // Where there are two kinds of data, errors say which they mean.
  const char* const trains = validates ? "fit: training data: " : "fit: ";
  if (validates) check_data(data.validation, data.x_validation, data.y_validation);
  try_data(trains, data.x, data.y);
  if (validates) try_data(data.validation, data.x_validation, data.y_validation);
  // A model that compile found without weights has those of its first fit.
  if (training.compiled_weights.empty()) training.compiled_weights = weights();
  const Model model = handle();
  if (model.trainable_variables().empty()) throw ValueError("fit: the model has no trainable weights", name());

  callbacks::History history;
  std::vector<callbacks::Callback*> callbacks;
  for (const auto& callback : options.callbacks) callbacks.push_back(callback.get());
  callbacks.push_back(&history);
  stop_training = false;
  for (callbacks::Callback* callback : callbacks) {
    callback->set_model(model);
    callback->on_train_begin();
  }

  Batches batches(data.x, data.y, options.batch_size);
  // The step belongs to the weights that this fit finds, and goes with it.
  const auto forget = [](Training* finished) { finished->step.reset(); };
  const std::unique_ptr<Training, decltype(forget)> stepping(&training, forget);
  training.step.reset();
  for (int64_t epoch = 0; epoch < options.epochs && !stop_training; ++epoch) {
    if (options.verbose > 0 && options.epochs > 1) {
      std::cout << "Epoch " << epoch + 1 << '/' << options.epochs << std::endl;
    }
    for (callbacks::Callback* callback : callbacks) callback->on_epoch_begin(epoch);
    training.reset();
    if (options.shuffle) batches.set_order(randperm(data.x.shape(0)));
    utils::Progbar progress(batches.size(), {.verbose = options.verbose});
    callbacks::Logs logs;
    for (int64_t step = 0; step < batches.size(); ++step) {
      for (callbacks::Callback* callback : callbacks) callback->on_train_batch_begin(step);
      with_context(trains, "", [&] {
        const auto [x_batch, y_batch] = batches[step];
        logs = train_step(x_batch, y_batch);
      });
      for (callbacks::Callback* callback : callbacks) callback->on_train_batch_end(step, logs);
      progress.update(step + 1, logs);
    }
    if (validates) {
      const callbacks::Logs validation = with_context(
          data.validation, "", [&] { return test(data.x_validation, data.y_validation, options.batch_size, 0); });
      for (const auto& [key, value] : validation) logs.set("val_" + key, value);
    }
    progress.update(batches.size(), logs, true);
    for (callbacks::Callback* callback : callbacks) callback->on_epoch_end(epoch, logs);
  }
  for (callbacks::Callback* callback : callbacks) callback->on_train_end();
  return history;
}

}  // namespace xtape::models
