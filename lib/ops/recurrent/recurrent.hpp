#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <vector>
#include <xtape/detail/calls.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/op.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"

// What recurrent operations share. Their inputs are x [batch, time, in], kernel [in, gates units],
// recurrent_kernel [units, gates units], a bias and the initial states [batch, units], in a vector in that order; bias
// and states may be undefined.
namespace xtape::ops {

struct RecurrentSizes {
  int64_t batch, time, units;
};

// The sizes of the inputs of an operation, whose initial states have these names; the bias has the shape
// bias_shape + [gates units]. @throws ShapeError, DTypeError.
RecurrentSizes checked_sizes(const char* operation, const std::vector<Tensor>& inputs, int64_t gates, Shape bias_shape,
                             std::initializer_list<const char*> states);

// The order in which steps are taken.
inline Tensor in_order(const Tensor& x, bool go_backwards) {
  return go_backwards && x.defined() ? x.slice(1, {.step = -1}) : x;
}

// What a recurrence is told about steps and states; each may be undefined.
struct RecurrentMasks {
  Tensor steps;    // [batch, time], bool: those that count
  Tensor dropout;  // [batch, units]: what hidden states are multiplied by where they meet the recurrent kernel
  bool zero_output_for_mask = false;
};

// Those of an operation's options, checked; the mask of steps as bool and in the order of steps, the other one cut off
// from the tape. @throws ShapeError, DTypeError.
RecurrentMasks checked_masks(const char* operation, const Tensor& mask, const Tensor& dropout,
                             const RecurrentSizes& sizes, DType dtype);
template <class Options>
RecurrentMasks checked_masks(const char* operation, const Options& options, const RecurrentSizes& sizes, DType dtype) {
  RecurrentMasks masks = checked_masks(operation, options.mask, options.recurrent_dropout_mask, sizes, dtype);
  masks.steps = in_order(masks.steps, options.go_backwards);
  masks.zero_output_for_mask = options.zero_output_for_mask;
  return masks;
}

// An initial state, zeros where it is undefined.
Tensor state_or_zeros(const Tensor& state, const RecurrentSizes& sizes, const Tensor& x);

// x, but for steps that do not count zeros: what is there, not a number maybe, has no part in anything.
Tensor where_counted(const Tensor& x, const Tensor& steps);

// A hidden state where it meets the recurrent kernel.
Tensor dropped(const Tensor& hidden, const RecurrentMasks& masks);

using TensorFunction = std::function<Tensor(const Tensor&)>;

// The function given, whose results are checked, or the default one.
inline TensorFunction or_default(const char* operation, const TensorFunction& function,
                                 Tensor (*otherwise)(const Tensor&)) {
  if (!function) return otherwise;
  return [operation, &function](const Tensor& x) {
    Tensor y = function(x);
    detail::check_elementwise(operation, x, y);
    return y;
  };
}

// A recurrence in public operations: the outputs [batch, time, units] and the last states. step(x at t, states) gives
// the new states, the first of which is the output.
using RecurrentStep = std::function<std::vector<Tensor>(const Tensor&, const std::vector<Tensor>&)>;
std::vector<Tensor> run_steps(const Tensor& x, std::vector<Tensor> states, const RecurrentMasks& masks,
                              const RecurrentStep& step);

// Those of n tensors that are needed, like `inputs`; undefined ones are not.
template <std::size_t n>
std::array<autograd::Spec, n> gradient_specs(const std::array<bool, n>& needed,
                                             const std::array<const Tensor*, n>& inputs) {
  std::array<autograd::Spec, n> specs;
  for (std::size_t i = 0; i < n; ++i) {
    if (needed[i]) {
      specs[i] = {inputs[i]->shape(), inputs[i]->dtype()};
    } else {
      specs[i].wanted = false;
    }
  }
  return specs;
}

inline bool any_defined(std::initializer_list<const Tensor*> tensors) {
  return std::any_of(tensors.begin(), tensors.end(), [](const Tensor* x) { return x->defined(); });
}

// Sequences [batch, ...] of all examples, contiguous; and what was computed step by step, [time, batch, ...], for each
// example.
inline Tensor sequences_of_all(const Mapped& x, const Examples& examples) {
  return x.value.defined() ? contiguous("vmap", folded(stacked(x, examples))) : x.value;
}
inline Tensor unfolded_steps(const Tensor& steps, const Examples& examples) {
  return moved(unfolded(moved(steps, 1, 0), examples), 2, 1);
}

}  // namespace xtape::ops
