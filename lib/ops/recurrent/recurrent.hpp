#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <vector>
#include <xtape/detail/calls.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/op.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/linalg/matrix.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/composite.hpp"
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

// An initial state, zeros where it is undefined.
Tensor state_or_zeros(const Tensor& state, const RecurrentSizes& sizes, const Tensor& x);

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

// The results of step(x at t) for all t, [batch, time, units].
template <class Step>
Tensor stack_steps(const Tensor& x, const Step& step) {
  std::vector<Tensor> outputs;
  for (int64_t t = 0; t < x.shape()[1]; ++t) outputs.push_back(step(x.select(1, t)));
  return stack(outputs, 1);
}

inline Tensor contiguous_or_undefined(const char* operation, const Tensor& x) {
  return x.defined() ? contiguous(operation, x) : x;
}

// A contiguous matrix as kernels take it; null for an undefined one, which stands for zeros.
template <class T>
kernels::Matrix<T> matrix_of(const Tensor& x) {
  if (!x.defined()) return {};
  return {core::elements<T>(x), x.shape()[0], x.shape()[1], x.shape()[1]};
}

// Step t of contiguous x [batch, time, width].
template <class T>
kernels::Matrix<T> step_of(const Tensor& x, int64_t t) {
  if (!x.defined()) return {};
  const int64_t time = x.shape()[1], width = x.shape()[2];
  return {core::elements<T>(x) + t * width, x.shape()[0], width, time * width};
}

// The hidden state before step t.
template <class T>
kernels::Matrix<const T> hidden_before(int64_t t, const Tensor& outputs, const Tensor& initial_hidden) {
  return t > 0 ? step_of<const T>(outputs, t - 1) : matrix_of<const T>(initial_hidden);
}

// The hidden state before each step, [batch time, units].
Tensor previous_hidden(const Tensor& outputs, const Tensor& initial_hidden);

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

// Sequences [batch, ...] of all examples, contiguous; and what was computed step by step, [time, batch, ...], for each
// example.
inline Tensor sequences_of_all(const Mapped& x, const Examples& examples) {
  return x.value.defined() ? contiguous("vmap", folded(stacked(x, examples))) : x.value;
}
inline Tensor unfolded_steps(const Tensor& steps, const Examples& examples) {
  return moved(unfolded(moved(steps, 1, 0), examples), 2, 1);
}

}  // namespace xtape::ops
