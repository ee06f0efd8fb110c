#include "layers/steps.hpp"

#include <algorithm>
#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/registered.hpp"

namespace xtape::layers {
namespace {

// x where it counts, [batch] or [batch, time], else `otherwise`, or zeros if that is undefined.
Tensor select(const Tensor& counts, const Tensor& x, const Tensor& otherwise) {
  Shape shape = counts.shape();
  while (shape.rank() < x.rank()) shape.push_back(1);
  const Tensor condition = counts.reshape(shape);
  return otherwise.defined() ? where(condition, x, otherwise) : where(condition, x, 0);
}

}  // namespace

Shape step_shape(const Shape& sequences) {
  Shape shape = sequences;
  shape.erase(1);
  return shape;
}

Tensor join_steps(const Tensor& x) {
  Shape shape = step_shape(x.shape());
  shape[0] = x.shape(0) * x.shape(1);
  return x.reshape(shape);
}

Tensor part_steps(const Tensor& steps, int64_t batch, int64_t time) {
  Shape shape = steps.shape();
  shape[0] = batch;
  shape.insert(1, time);
  return steps.reshape(shape);
}

Tensor where_counted(const Tensor& x, const Tensor& mask) { return mask.defined() ? select(mask, x, {}) : x; }

SequenceResult run_steps(const Tensor& x, std::vector<Tensor> states, const SequenceOptions& options,
                         const Step& step) {
  const int64_t time = x.shape(1);
  if (time == 0) throw ShapeError("expected at least 1 step, given " + x.shape().str());
  std::vector<Tensor> outputs;
  Tensor last;
  for (int64_t i = 0; i < time; ++i) {
    const int64_t t = options.go_backwards ? time - 1 - i : i;
    auto [output, next] = step(x.select(1, t), states);
    if (options.mask.defined()) {
      const Tensor counts = options.mask.select(1, t);
      output = select(counts, output, options.zero_output_for_mask ? Tensor() : last);
      for (std::size_t k = 0; k < states.size(); ++k) next[k] = select(counts, next[k], states[k]);
    }
    last = output;
    if (options.return_sequences) outputs.push_back(output);
    states = std::move(next);
  }
  SequenceResult result{options.return_sequences ? stack(outputs, 1) : last, {}};
  if (options.return_state) result.states = std::move(states);
  return result;
}

bool is_of_the_library(const LayerImpl& layer) {
  return is_of_the_library(layer.type()) && std::all_of(layer.parts().begin(), layer.parts().end(),
                                                        [](const auto& part) { return is_of_the_library(*part); });
}

void check_initial_state(std::size_t expected, std::size_t given) {
  if (given == 0 || given == expected) return;
  throw ValueError("expected an initial_state of " + std::to_string(expected) + " tensors, given " +
                   std::to_string(given));
}

std::vector<Tensor> initial_states(const std::vector<Tensor>& given, std::vector<Tensor> initial) {
  check_initial_state(initial.size(), given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!given[i].defined()) continue;
    if (given[i].shape() != initial[i].shape()) {
      throw ShapeError("expected an initial_state of shape " + initial[i].shape().str() + ", given " +
                       given[i].shape().str());
    }
    if (given[i].dtype() != initial[i].dtype()) {
      throw DTypeError(std::string("expected an initial_state of ") + name(initial[i].dtype()) + ", given " +
                       name(given[i].dtype()));
    }
    initial[i] = given[i];
  }
  return initial;
}

}  // namespace xtape::layers
