#include <algorithm>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/utils/progbar.hpp>

namespace xtape::models {

Tensor ModelImpl::predict(const Tensor& x, const PredictOptions& options) {
  const int64_t batch_size = options.batch_size;
  detail::check_at_least(1, "predict", "batch_size", batch_size, name());
  if (!x.defined()) throw ValueError("predict: x must be defined", name());
  if (x.rank() < 1 || x.shape(0) == 0) {
    throw ValueError("predict: there are no samples: x " + x.shape().str(), name());
  }
  const InferenceMode inference;
  const int64_t count = x.shape(0);
  const int64_t steps = count / batch_size + (count % batch_size != 0);
  utils::Progbar progress(steps, {.verbose = options.verbose});
  Tensor result;
  for (int64_t step = 0; step < steps; ++step) {
    const int64_t begin = step * batch_size, size = std::min(batch_size, count - begin);
    const Slice range{begin, begin + size};
    const Tensor output = apply(steps == 1 ? x : x.slice(0, range), false);
    if (output.rank() < 1 || output.shape(0) != size) {
      throw ShapeError("predict: the model gave " + output.shape().str() + " for a batch of " + std::to_string(size) +
                           " samples; the first axis must be that of the samples",
                       name());
    }
    if (steps == 1) {
      // Without the logits behind it: a loss of predictions does not depend on the batch size.
      result = output.detach();
    } else {
      if (step == 0) {
        Shape shape = output.shape();
        shape[0] = count;
        result = empty(shape, output.dtype());
      }
      result.slice(0, range).assign(output);
    }
    progress.update(step + 1, {});
  }
  progress.update(steps, {}, true);
  return result;
}

}  // namespace xtape::models
