#include "ops/recurrent/recurrent.hpp"

#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>

#include "core/checks.hpp"

namespace xtape::ops {

RecurrentSizes checked_sizes(const char* operation, const std::vector<Tensor>& inputs, int64_t gates, Shape bias_shape,
                             std::initializer_list<const char*> states) {
  const Tensor &x = inputs[0], &recurrent_kernel = inputs[2];
  for (int i = 0; i < 3; ++i) core::check_floating(operation, inputs[i]);
  const std::string expected = std::string(operation) + ": expected ";
  const auto expect = [&](const char* what, const Tensor& tensor, const Shape& shape) {
    if (!tensor.defined()) return;
    if (tensor.shape() != shape) {
      throw ShapeError(expected + what + " of shape " + shape.str() + ", got " + tensor.shape().str());
    }
    if (tensor.dtype() != x.dtype()) {
      throw DTypeError(expected + what + " to be " + name(x.dtype()) + " as x, got " + name(tensor.dtype()));
    }
  };
  if (x.rank() != 3) throw ShapeError(expected + "x [batch, time, in], got " + x.shape().str());
  if (recurrent_kernel.rank() != 2) {
    const std::string columns = gates == 1 ? "units" : std::to_string(gates) + " units";
    throw ShapeError(expected + "recurrent_kernel [units, " + columns + "], got " + recurrent_kernel.shape().str());
  }
  const int64_t batch = x.shape()[0], units = recurrent_kernel.shape()[0];
  expect("kernel", inputs[1], {x.shape()[2], gates * units});
  expect("recurrent_kernel", recurrent_kernel, {units, gates * units});
  bias_shape.push_back(gates * units);
  expect("bias", inputs[3], bias_shape);
  for (std::size_t i = 0; i < states.size(); ++i) expect(states.begin()[i], inputs[4 + i], {batch, units});
  return {batch, x.shape()[1], units};
}

RecurrentMasks checked_masks(const char* operation, const Tensor& mask, const Tensor& dropout,
                             const RecurrentSizes& sizes, DType dtype) {
  const std::string expected = std::string(operation) + ": expected ";
  const auto expect = [&](const char* what, const Tensor& tensor, const Shape& shape) {
    if (tensor.shape() == shape) return;
    throw ShapeError(expected + what + " of shape " + shape.str() + ", got " + tensor.shape().str());
  };
  RecurrentMasks masks;
  if (mask.defined()) {
    expect("mask", mask, {sizes.batch, sizes.time});
    if (is_floating(mask.dtype())) {
      throw DTypeError(expected + "mask to be bool or integers, got " + name(mask.dtype()));
    }
    masks.steps = mask.astype(bool_);
  }
  if (dropout.defined()) {
    expect("recurrent_dropout_mask", dropout, {sizes.batch, sizes.units});
    if (dropout.dtype() != dtype) {
      throw DTypeError(expected + "recurrent_dropout_mask to be " + name(dtype) + " as x, got " +
                       name(dropout.dtype()));
    }
    masks.dropout = dropout.detach();
  }
  return masks;
}

Tensor state_or_zeros(const Tensor& state, const RecurrentSizes& sizes, const Tensor& x) {
  return state.defined() ? state : zeros({sizes.batch, sizes.units}, x.dtype());
}

Tensor where_counted(const Tensor& x, const Tensor& steps) {
  return steps.defined() ? where(steps.expand_dims(-1), x, 0) : x;
}

Tensor dropped(const Tensor& hidden, const RecurrentMasks& masks) {
  return masks.dropout.defined() ? hidden * masks.dropout : hidden;
}

std::vector<Tensor> run_steps(const Tensor& x, std::vector<Tensor> states, const RecurrentMasks& masks,
                              const RecurrentStep& step) {
  std::vector<Tensor> outputs;
  for (int64_t t = 0; t < x.shape()[1]; ++t) {
    std::vector<Tensor> next = step(x.select(1, t), states);
    Tensor output = next[0];
    if (masks.steps.defined()) {
      const Tensor counts = masks.steps.select(1, t).expand_dims(-1);
      output = outputs.empty() || masks.zero_output_for_mask ? where(counts, output, 0)
                                                             : where(counts, output, outputs.back());
      for (std::size_t i = 0; i < states.size(); ++i) next[i] = where(counts, next[i], states[i]);
    }
    outputs.push_back(output);
    states = std::move(next);
  }
  states.insert(states.begin(), stack(outputs, 1));
  return states;
}

}  // namespace xtape::ops
