#include <algorithm>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/utils/progbar.hpp>

#include "models/training.hpp"

namespace xtape::models {
namespace {

// @throws ShapeError unless the first axis of an output is that of the samples.
void check_output(const Tensor& output, int64_t samples) {
  if (output.rank() > 0 && output.shape(0) == samples) return;
  throw ShapeError("the model gave " + output.shape().str() + " for a batch of " + std::to_string(samples) +
                   " samples; the first axis must be that of the samples");
}

Tensor empty_like(const Tensor& output, int64_t samples) {
  Shape shape = output.shape();
  shape[0] = samples;
  return empty(shape, output.dtype());
}

}  // namespace

std::vector<Tensor> ModelImpl::predict(const Data& x, const PredictOptions& options) {
  detail::check_at_least(1, "predict", "batch_size", options.batch_size, name());
  const Batches batches({ordered_inputs("predict: ", x)}, options.batch_size);
  const InferenceMode inference;
  utils::Progbar progress(batches.size(), {.verbose = options.verbose});
  std::vector<Tensor> results;
  for (int64_t step = 0; step < batches.size(); ++step) {
    const Batch batch = batches[step];
    const int64_t begin = step * options.batch_size, samples = batch.x[0].shape(0);
    const std::vector<Tensor> outputs = outputs_for(batch.x, false);
    with_context("predict: ", "", [&] {
      for (const Tensor& output : outputs) check_output(output, samples);
    });
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (batches.size() == 1) {
        // Without the logits behind it: a loss of predictions does not depend on the batch size.
        results.push_back(outputs[i].detach());
        continue;
      }
      if (step == 0) results.push_back(empty_like(outputs[i], batches.samples()));
      results[i].slice(0, {begin, begin + samples}).assign(outputs[i]);
    }
    progress.update(step + 1, {});
  }
  progress.update(batches.size(), {}, true);
  return results;
}

}  // namespace xtape::models
