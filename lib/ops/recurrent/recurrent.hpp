#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <span>
#include <vector>
#include <xtape/detail/calls.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/record.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/linalg/matrix.hpp"
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

// The gradients of x, kernel and recurrent_kernel, given that of what they give to the gates of all steps,
// [batch time, gates units].
Tensor input_gradient(const Tensor& gates_gradient, const Tensor& x, const Tensor& kernel);
Tensor kernel_gradient(const Tensor& gates_gradient, const Tensor& x);
Tensor recurrent_kernel_gradient(const Tensor& gates_gradient, const Tensor& outputs, const Tensor& initial_hidden);

// Puts a fused operation on the tape if an input requires a gradient. fused(inputs, output_gradients, gradients)
// computes gradients; where they are to be differentiated themselves, those of composite(inputs) are taken, which are
// the same results by public operations.
template <class Composite, class Fused>
void record_fused(const char* name, std::span<const Tensor> results, const std::vector<Tensor>& inputs,
                  Composite composite, Fused fused) {
  using autograd::Saved;
  const auto differentiable = [](const Tensor& input) { return input.requires_grad(); };
  if (!autograd::recording || std::none_of(inputs.begin(), inputs.end(), differentiable)) return;
  std::vector<Saved> saved;
  for (const Tensor& input : inputs) saved.push_back(input.defined() ? Saved(input) : Saved());
  autograd::record(name, results, inputs,
                   [saved, composite, fused, outputs = Saved::output(results[0])](
                       std::span<const Tensor> output_gradients, autograd::Gradients& gradients) {
                     std::vector<Tensor> values;
                     for (const Saved& entry : saved) values.push_back(entry.defined() ? entry.get() : Tensor());
                     if (autograd::recording) {
                       composite_vjp(composite, values, output_gradients, gradients);
                     } else {
                       outputs.get();  // refuses if somebody changed them
                       fused(values, output_gradients, gradients);
                     }
                   });
}

}  // namespace xtape::ops
