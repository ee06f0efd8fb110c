#include <algorithm>
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
#include "models/epochs.hpp"
#include "models/options_in_range.hpp"
#include "models/sorted_logs.hpp"
#include "models/test_data.hpp"
#include "models/training.hpp"

namespace xtape::models {

callbacks::Logs ModelImpl::test_step(const Batch& batch) {
  Training& training = training_of("test_step");
  // A step of one's own hands on what it was given.
  if (!training.is_ordered(batch)) return ModelImpl::test_step(ordered("", batch, false));
  training.gather_left_losses();
  const std::vector<Tensor> y_pred = outputs_for(batch.x, false);
  const double loss = compute_loss(batch.x, batch.y, y_pred, batch.sample_weight).item();
  know_outputs(y_pred.size());
  training.gather_loss(batch.x[0].shape(0), loss, std::exchange(training.output_losses, {}));
  return compute_metrics(batch.x, batch.y, y_pred, batch.sample_weight);
}

callbacks::Logs ModelImpl::test(Epochs& epochs, CallbackList& callbacks, bool alone) {
  Training& training = *training_;
  const TrainingUse use(training.uses);
  // A step of one's own may make weights.
  const KnownPenalties known(training.penalties, own_steps_.test ? std::nullopt : std::optional(Penalties(*this)));
  callbacks.on_test_begin(alone);
  reset_metrics();
  stop_evaluating = false;
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
      training.output_losses.clear();
      with_context(where, "", [&] { logs = test_step(batch); });
      training.gather_left_losses();
    } while (++step < last && epochs.next(batch));
    sort_by_name(logs);
    callbacks.on_test_batch_end(step - 1, logs, alone);
    if (stop_evaluating) break;
  }
  logs = results(own_steps_.test, std::move(logs));
  callbacks.on_test_end(step, logs, alone);
  return logs;
}

ModelImpl::TestData ModelImpl::test_tensors(const std::string& what, const Batch& data,
                                            std::optional<int64_t> batch_size, std::optional<int64_t> steps) const {
  TensorBatches batches(data, batch_size_for(batch_size, steps, data.x[0].shape(0)));
  return {std::make_unique<TensorEpochs>(what, std::move(batches), false, steps), what, data};
}

ModelImpl::TestData ModelImpl::test_batches(const std::string& what, const Batches& batches,
                                            std::optional<int64_t> steps, bool finite) const {
  auto epochs = std::make_unique<StreamEpochs>(what, batches, steps, [this, finite](const Batch& batch) {
    return prepared("", batch, own_steps_.test, finite);
  });
  const Batch first = with_context("", "", [&] { return epochs->first(); });
  const std::string where = epochs->where();
  return {std::move(epochs), where, first};
}

void ModelImpl::try_test_data(const TestData& data) {
  if (data.epochs) try_data(data.what, data.tried, own_steps_.test);
}

callbacks::Logs ModelImpl::results(bool own_step, callbacks::Logs logs) {
  training_->add_values(logs);
  // Others log what was gathered.
  if (!own_step && !own_metrics_) return logs;
  callbacks::Logs gathered = get_metrics_result();
  sort_by_name(gathered);
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  return std::equal(logs.begin(), logs.end(), gathered.begin(), gathered.end(), same_name) ? gathered : logs;
}

Scores ModelImpl::scores(bool own_step, const callbacks::Logs& logs) {
  callbacks::Logs compiled = training_->in_order();
  const std::vector<metrics::Metric> listed = listed_metrics();
  if (!own_step && !own_metrics_ && listed.empty()) {
    training_->add_values(compiled);
    return Scores(std::move(compiled));
  }
  std::vector<std::string> names;
  if (!own_metric_list_) {
    for (const auto& entry : compiled) names.push_back(entry.first);
  }
  for (const metrics::Metric& metric : listed) names.push_back(logged_name(metric));
  for (const auto& entry : compiled) names.push_back(entry.first);
  for (const auto& entry : logs) names.push_back(entry.first);
  callbacks::Logs result;
  for (const std::string& name : names) {
    if (logs.contains(name) && !result.contains(name)) result.set(name, logs.values(name));
  }
  return Scores(std::move(result));
}

Scores ModelImpl::evaluate(const TestData& data, const EvaluateOptions& options) {
  try_test_data(data);
  CallbackList callbacks(options.callbacks, handle(), {options.verbose, 1, data.epochs->size()});
  const callbacks::Logs logs = test(*data.epochs, callbacks, true);
  return scores(own_steps_.test, logs);
}

Scores ModelImpl::evaluate(const Data& x, const Data& y, const EvaluateOptions& options) {
  Training& training = training_of("evaluate");
  const TrackersApart apart(training, listed_metrics(), training.fitting);
  check_in_range(options, name());
  const Batch data = prepared("evaluate: ", {x, y, options.sample_weight}, own_steps_.test, options.check_finite);
  return evaluate(test_tensors("evaluate: ", data, options.batch_size, options.steps), options);
}

Scores ModelImpl::evaluate(const Batches& batches, const EvaluateOptions& options) {
  Training& training = training_of("evaluate");
  const TrackersApart apart(training, listed_metrics(), training.fitting);
  check_in_range(options, name());
  if (options.sample_weight.defined()) {
    throw ValueError("evaluate: batches bring their own sample_weight, as the third of (x, y, sample_weight)", name());
  }
  return evaluate(test_batches("evaluate: ", batches, options.steps, options.check_finite), options);
}

callbacks::Logs ModelImpl::compute_metrics(const Data& x, const Data& y, const Data& y_pred,
                                           const Data& sample_weight) {
  Training& training = training_of("compute_metrics");
  if (OfOutputs::named(y, y_pred, sample_weight)) {
    const OfOutputs given(y, y_pred, sample_weight, output_names());
    return ModelImpl::compute_metrics(x, given.y, given.y_pred, given.sample_weight);
  }
  know_outputs(y_pred.size());
  if (training.is_of_losses_alone(y)) {
    return ModelImpl::compute_metrics(x, training.with_all_outputs(y), y_pred, sample_weight);
  }
  check_targets_given(y);
  training.check_weights(sample_weight);
  training.gather_left_losses();
  training.gather_metrics(y, y_pred, sample_weight);
  // All figures of a metric with several are for those who ask, not for each batch.
  return own_metrics_ || !member_metrics().empty() ? get_metrics_result()
                                                   : training.sorted(own_steps_.train || own_steps_.test);
}

callbacks::Logs ModelImpl::get_metrics_result() {
  Training& training = training_of("get_metrics_result");
  training.gather_left_losses();
  if (own_metric_list_) {
    callbacks::Logs listed;
    for (const metrics::Metric& metric : metrics()) listed.set(logged_name(metric), metric.values());
    sort_by_name(listed);
    return listed;
  }
  callbacks::Logs logs = training.sorted(own_steps_.train || own_steps_.test);
  training.add_values(logs);
  for (const metrics::Metric& metric : member_metrics()) logs.set(metric.name(), metric.values());
  sort_by_name(logs);
  return logs;
}

}  // namespace xtape::models
