#include <algorithm>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "models/callback_list.hpp"
#include "models/epochs.hpp"
#include "models/options_in_range.hpp"
#include "models/training.hpp"

namespace xtape::models {
namespace {

// @throws ShapeError unless the first axis of an output is that of the samples.
void check_output(const Tensor& output, int64_t samples) {
  if (output.rank() > 0 && output.shape(0) == samples) return;
  throw ShapeError("the model gave " + output.shape().str() + " for a batch of " + std::to_string(samples) +
                   " samples; the first axis must be that of the samples");
}

void check_count_of_outputs(std::size_t given, std::size_t before) {
  if (given == before) return;
  throw ValueError("the model gave " + std::to_string(given) + " outputs for this batch, " + std::to_string(before) +
                   " for those before");
}

Tensor empty_like(const Tensor& output, int64_t samples) {
  Shape shape = output.shape();
  shape[0] = samples;
  return empty(shape, output.dtype());
}

}  // namespace

std::vector<Tensor> ModelImpl::predict_step(const Batch& batch) { return outputs_for(batch.x, false); }

std::vector<Tensor> ModelImpl::predict(Epochs& epochs, std::optional<int64_t> samples, const PredictOptions& options) {
  CallbackList callbacks(options.callbacks, handle(), {options.verbose, 1, epochs.size()});
  std::vector<Tensor> results;
  // Of each output, where their length is not known.
  std::vector<std::vector<Tensor>> parts;
  const auto where = [&] { return epochs.where(); };
  Batch batch;
  int64_t step = 0, done = 0;
  stop_predicting = false;
  callbacks.on_predict_begin();
  epochs.begin();
  while (with_context("", "", [&] { return epochs.next(batch); })) {
    callbacks.on_predict_batch_begin(step);
    std::vector<Tensor> outputs;
    {
      const InferenceMode inference;
      outputs = with_context(where, "", [&] { return predict_step(batch); });
      const int64_t count = batch.x[0].shape(0);
      with_context(where, "", [&] {
        for (const Tensor& output : outputs) check_output(output, count);
        if (step > 0) check_count_of_outputs(outputs.size(), std::max(results.size(), parts.size()));
      });
      if (step == 0) (samples ? results.resize(outputs.size()) : parts.resize(outputs.size()));
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        if (!samples) {
          parts[i].push_back(outputs[i]);
        } else if (count == *samples) {
          // Without the logits behind it: a loss of predictions does not depend on the batch size.
          results[i] = outputs[i].detach();
        } else {
          if (step == 0) results[i] = empty_like(outputs[i], *samples);
          results[i].slice(0, {done, done + count}).assign(outputs[i]);
        }
      }
      done += count;
    }
    callbacks.on_predict_batch_end(step++, outputs);
    if (stop_predicting) break;
  }
  const InferenceMode inference;
  if (samples && done < *samples) {
    for (Tensor& result : results) result = result.slice(0, {0, done}).clone();
  }
  for (const std::vector<Tensor>& part : parts) {
    results.push_back(part.size() == 1 ? part.front().detach() : concatenate(part));
  }
  callbacks.on_predict_end(step);
  return results;
}

std::vector<Tensor> ModelImpl::predict(const Data& x, const PredictOptions& options) {
  check_in_range(options, name());
  Batch data{ordered_inputs("predict: ", x)};
  const int64_t batch_size = batch_size_for(options.batch_size, options.steps, data.x[0].shape(0));
  const TensorBatches batches(std::move(data), batch_size);
  int64_t samples = batches.samples();
  if (options.steps && *options.steps < batches.size()) samples = *options.steps * batch_size;
  TensorEpochs epochs("predict: ", batches, false, options.steps);
  return predict(epochs, samples, options);
}

std::vector<Tensor> ModelImpl::predict(const Batches& batches, const PredictOptions& options) {
  check_in_range(options, name());
  StreamEpochs epochs("predict: ", batches, options.steps,
                      [this](const Batch& batch) { return Batch{ordered_inputs("", batch.x)}; });
  with_context("", "", [&] { epochs.first(); });
  return predict(epochs, std::nullopt, options);
}

}  // namespace xtape::models
