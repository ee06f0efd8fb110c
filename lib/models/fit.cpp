#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>

#include "models/callback_list.hpp"
#include "models/class_weight.hpp"
#include "models/epochs.hpp"
#include "models/interrupt.hpp"
#include "models/options_in_range.hpp"
#include "models/sorted_logs.hpp"
#include "models/test_data.hpp"
#include "models/train_step.hpp"
#include "models/training.hpp"

namespace xtape::models {
namespace {

struct Split {
  Batch train, validation;
};

// The samples to train on, and those to validate on, split off the end as Keras does.
Split split(const Batch& data, double validation_split) {
  const int64_t count = data.x[0].shape(0);
  const auto kept = static_cast<int64_t>(std::floor(static_cast<double>(count) * (1 - validation_split)));
  if (kept == 0 || kept == count) {
    throw ValueError("validation_split " + std::to_string(validation_split) + " of " + std::to_string(count) +
                     " samples leaves none to " + (kept == 0 ? "train" : "validate") + " on");
  }
  return {slice(data, {0, kept}), slice(data, {kept, count})};
}

using Parts = std::vector<detail::Reference<layers::LayerImpl>>;

// All layers in the model, at any depth.
Parts parts_in(const layers::LayerImpl& layer) {
  Parts result;
  for (const auto& part : layer.parts()) {
    result.push_back(part);
    const Parts inside = parts_in(*part);
    result.insert(result.end(), inside.begin(), inside.end());
  }
  return result;
}

// The training step would go on with the layers that it was made for. @throws ValueError unless they are all.
void check_same_parts(const ModelImpl& model, const Parts& before) {
  const Parts now = parts_in(model);
  std::string changed;
  for (const auto& [some, others] : {std::pair(&now, &before), std::pair(&before, &now)}) {
    for (const auto& part : *some) {
      if (std::find(others->begin(), others->end(), part) != others->end()) continue;
      changed += (changed.empty() ? "" : ", ") + part->name();
    }
  }
  if (changed.empty()) return;
  throw ValueError(
      "fit: layers were added or removed while the model is fitted (" + changed + "); call compile and fit again",
      model.name());
}

std::optional<int64_t> validation_batch_size(const FitOptions& options) {
  return options.validation_batch_size ? options.validation_batch_size : options.batch_size;
}

// Where there are two kinds of data, errors say which they mean.
const char* training_data(bool validates) { return validates ? "fit: training data: " : "fit: "; }

}  // namespace

callbacks::Logs ModelImpl::train_step(const Batch& batch) {
  Training& training = training_of("train_step");
  // A step of one's own hands on what it was given.
  if (!training.is_ordered(batch)) return ModelImpl::train_step(ordered("", batch, false));
  training.gather_left_losses();
  // Where a step of one's own goes on with this one, nothing has tried the data before.
  if (!training.step && !built()) {
    const NoGrad no_grad;
    const Trial trial(*this, listed_metrics());
    outputs_for(slice(batch, {0, 1}).x, false);
  }
  training.make_step(*this);
  const TrainStep::Result result = (*training.step)(batch);
  if (own_steps_.train) training.left_weights = training.step->left_weights();
  know_outputs(result.y_pred.size());
  training.gather_loss(batch.x[0].shape(0), result.loss.item(), result.output_losses);
  return compute_metrics(batch.x, batch.y, result.y_pred, batch.sample_weight);
}

ModelImpl::TestData ModelImpl::validation_of(const FitOptions& options) const {
  if (!options.validation_data) return {};
  const std::string what = "fit: validation_data: ";
  if (const auto& batches = options.validation_data.batches()) {
    return test_batches(what, *batches, options.validation_steps, options.check_finite);
  }
  const Batch data = prepared(what, *options.validation_data.tensors(), own_steps_.test, options.check_finite);
  return test_tensors(what, data, validation_batch_size(options), options.validation_steps);
}

callbacks::DataPositions ModelImpl::data_positions() const {
  if (!training_ || !training_->epochs) throw ValueError("data_positions: the model is not being fitted", name());
  const Training& training = *training_;
  return {training.epochs->position(),
          training.validation ? training.validation->position() : callbacks::DataPosition()};
}

callbacks::History ModelImpl::fit(const Data& x, const Data& y, const FitOptions& options) {
  const Fitting fitting(training_of("fit"), name());
  check_in_range(options, name());
  check_unchanged("fit: ");
  Split data{prepared("fit: ", {x, y, options.sample_weight}, own_steps_.train, options.check_finite), {}};
  const bool splits = !options.validation_data && options.validation_split != 0;
  const std::string what = training_data(splits || options.validation_data);
  with_context("fit: ", "", [&] {
    if (splits) data = split(data.train, options.validation_split);
    if (!options.class_weight.empty()) data.train = with_class_weight(data.train, options.class_weight);
  });
  TestData validation;
  if (splits) {
    const std::string held_back = "fit: validation_split: ";
    validation = test_tensors(held_back, ordered(held_back, data.validation, own_steps_.test),
                              validation_batch_size(options), options.validation_steps);
  } else {
    validation = validation_of(options);
  }
  // From here on the model may be built.
  try_data(what, data.train, own_steps_.train);
  try_test_data(validation);
  const int64_t batch_size = batch_size_for(options.batch_size, options.steps_per_epoch, data.train.x[0].shape(0));
  TensorEpochs epochs(what, TensorBatches(data.train, batch_size), options.shuffle, options.steps_per_epoch);
  return train(epochs, validation.epochs.get(), options);
}

callbacks::History ModelImpl::fit(const Batches& batches, const FitOptions& options) {
  const Fitting fitting(training_of("fit"), name());
  check_in_range(options, name());
  if (options.sample_weight.defined()) {
    throw ValueError("fit: batches bring their own sample_weight, as the third of (x, y, sample_weight)", name());
  }
  if (options.validation_split != 0) {
    throw ValueError("fit: validation_split is for tensors; give validation_data beside batches", name());
  }
  check_unchanged("fit: ");
  StreamEpochs epochs(
      training_data(bool(options.validation_data)), batches, options.steps_per_epoch, [&](const Batch& given) {
        Batch batch = prepared("", given, own_steps_.train, options.check_finite);
        return options.class_weight.empty() ? batch : with_class_weight(std::move(batch), options.class_weight);
      });
  const Batch first = with_context("", "", [&] { return epochs.first(); });
  const TestData validation = validation_of(options);
  try_data(epochs.where(), first, own_steps_.train);
  try_test_data(validation);
  return train(epochs, validation.epochs.get(), options);
}

callbacks::History ModelImpl::train(Epochs& epochs, Epochs* validation, const FitOptions& options) {
  check_has_weights("fit: ");
  Training& training = *training_;
  CallbackList callbacks(options.callbacks, handle(), {options.verbose, options.epochs, epochs.size()});
  callbacks::Logs logs;
  Batch batch;
  stop_training = false;
  const StopOnInterrupt interrupt(options.stop_on_interrupt);
  training.epochs = &epochs;
  training.validation = validation;
  const auto next = [&] { return with_context("", "", [&] { return epochs.next(batch); }); };
  const auto where = [&] { return epochs.where(); };
  const Parts parts = parts_in(*this);
  // The optimizer is told of them when it is built.
  if (!own_steps_.train) with_context("fit: ", "", [&] { trained_variables(*this, training.options.optimizer); });
  history_ = {};
  callbacks.on_train_begin();
  std::optional<callbacks::Position> resumed = callbacks.resumes_at();
  const auto begin = [&] {
    if (!resumed || !resumed->data) return epochs.begin();
    with_context("", resumed->note, [&] {
      epochs.go_to(resumed->data->training);
      if (validation) validation->go_to(resumed->data->validation);
    });
    if (resumed->batch == 0) return epochs.begin();
    epochs.go_on(resumed->batch);
    return true;
  };
  // The first step of a training that goes on finds whether its optimizer is of other variables: it is that of a
  // backup.
  std::string note_of_first = resumed && !own_steps_.train ? resumed->note : "";
  const auto note = [&] {
    const auto is_same = [](const Tensor& a, const Tensor& b) { return a.handle() == b.handle(); };
    const std::vector<Tensor>&built_for = training.options.optimizer.built_for(),
          trained = handle().trainable_variables();
    const bool is_other = !std::equal(built_for.begin(), built_for.end(), trained.begin(), trained.end(), is_same);
    return is_other ? note_of_first : std::string();
  };
  int64_t epoch = resumed ? resumed->epoch : options.initial_epoch;
  for (; epoch < options.epochs && !stop_training; ++epoch) {
    // What callbacks set as an epoch begins they set on what was there then; within an epoch they did so already.
    const bool resumes_whole_epoch = resumed && resumed->batch == 0;
    if (resumes_whole_epoch) callbacks.on_resume();
    reset_metrics();
    callbacks.on_epoch_begin(epoch);
    // A step of one's own may make some.
    if (!own_steps_.train) check_same_parts(*this, parts);
    if (!with_context("", "", begin)) {
      std::cerr << "fit: the data ran out, and training ends before epoch " << epoch + 1 << std::endl;
      break;
    }
    logs = {};
    int64_t step = 0;
    if (resumed) {
      if (resumed->data) step = resumed->batch;
      while (step < resumed->batch && next()) ++step;
      if (!resumes_whole_epoch) callbacks.on_resume();
      resumed.reset();
      if (step > 0) logs = get_metrics_result();
    }
    while (next()) {
      callbacks.on_train_batch_begin(step);
      const int64_t last = step + training.options.steps_per_execution;
      do {
        with_context(where, note, [&] {
          training.output_losses.clear();
          logs = train_step(batch);
          training.gather_left_losses();
          if (own_steps_.train) constrain_variables(*this, std::exchange(training.left_weights, {}));
        });
        note_of_first.clear();
      } while (++step < last && next());
      sort_by_name(logs);
      callbacks.on_train_batch_end(step - 1, logs);
      if (interrupt.requested()) stop_training = true;
      if (stop_training) break;
    }
    logs = results(own_steps_.train, std::move(logs));
    const bool interrupted = interrupt.requested();
    if (interrupted) stop_training = true;
    if (validation && !interrupted && options.validation_freq.due(epoch)) {
      validation->restart();
      const callbacks::Logs measured = test(*validation, callbacks, false);
      for (const auto& [key, value] : measured) logs.set("val_" + key, measured.values(key));
      sort_by_name(logs);
    }
    callbacks.on_epoch_end(epoch, step, logs);
    history_.add(epoch, logs);
    if (interrupt.requested()) stop_training = true;
  }
  if (resumed) callbacks.on_resume();  // it was at its end
  // As their moving averages, if the optimizer keeps some: also of those that a callback has frozen since.
  training.options.optimizer.finalize_variable_values(training.step ? training.step->variables()
                                                                    : handle().trainable_variables());
  callbacks.on_train_end(logs);
  return history_;
}

}  // namespace xtape::models
