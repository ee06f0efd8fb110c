#include "kernels/recurrent/gru.hpp"

#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/recurrent.hpp>
#include <xtape/ops/reduction.hpp>

#include "core/dtype_switch.hpp"
#include "kernels/linalg/gemm.hpp"
#include "ops/recurrent/recurrent.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using kernels::Matrix;
using ops::RecurrentSizes;

namespace {

// The bias of the inputs (0) or of the hidden states (1) of a bias [2, 3 units].
Tensor bias_of(const Tensor& bias, int64_t index) { return bias.defined() ? bias.select(0, index) : bias; }

// The outputs in public operations; inputs as those of gru.
Tensor composite_gru(const std::vector<Tensor>& inputs, const RecurrentSizes& sizes, const GruOptions& options) {
  const auto activation = ops::or_default("gru", options.activation, tanh);
  const auto gate = ops::or_default("gru", options.recurrent_activation, sigmoid);
  const Tensor &recurrent_kernel = inputs[2], &bias = inputs[3];
  const bool after = options.reset_after;
  const std::vector<Tensor> kernels = split(recurrent_kernel, {2 * sizes.units, sizes.units}, 1);
  Tensor hidden = ops::state_or_zeros(inputs[4], sizes, inputs[0]);
  return ops::stack_steps(dense(inputs[0], inputs[1], after ? bias_of(bias, 0) : bias), [&](const Tensor& projected) {
    const std::vector<Tensor> from_x = split(projected, 3, 1);
    const std::vector<Tensor> from_hidden = after ? split(dense(hidden, recurrent_kernel, bias_of(bias, 1)), 3, 1)
                                                  : split(matmul(hidden, kernels[0]), 2, 1);
    const Tensor z = gate(from_x[0] + from_hidden[0]), r = gate(from_x[1] + from_hidden[1]);
    const Tensor reset = after ? r * from_hidden[2] : matmul(r * hidden, kernels[1]);
    hidden = z * hidden + (1 - z) * activation(from_x[2] + reset);
    return hidden;
  });
}

// What the forward pass leaves: activated gates z, r, c and outputs [batch, time, ...], and what the reset gate
// multiplied, [time, batch, units].
struct Steps {
  RecurrentSizes sizes;
  Tensor gates, outputs, candidates;
};

// `steps.gates` holds the projected inputs and is overwritten.
template <class T>
void run_forward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& recurrent_bias,
                 const Tensor& initial_hidden) {
  const auto [batch, time, units] = steps.sizes;
  const Tensor product = core::make_tensor({batch, 3 * units}, steps.gates.dtype(), "gru");
  const T* const bias = recurrent_bias.defined() ? core::elements<const T>(recurrent_bias) : nullptr;
  for (int64_t t = 0; t < time; ++t) {
    const Matrix<const T> previous = ops::hidden_before<T>(t, steps.outputs, initial_hidden);
    const Matrix<T> recurrent = previous.data ? ops::matrix_of<T>(product) : Matrix<T>{};
    if (recurrent.data) kernels::gemm<T>(T(1), previous, ops::matrix_of<const T>(recurrent_kernel), T(0), recurrent);
    kernels::gru_gates<T>({.gates = ops::step_of<T>(steps.gates, t),
                           .recurrent = recurrent.data,
                           .recurrent_bias = bias,
                           .candidate = core::elements<T>(steps.candidates) + t * batch * units,
                           .previous = previous,
                           .hidden = ops::step_of<T>(steps.outputs, t)});
  }
}

// Fills gates_gradient [batch, time, 4 units] with the gradients of what the hidden state gives to c and of the sums
// z, r, c; recurrent_kernel has its columns in the order c, z, r. hidden_gradient [batch, units], zeros, becomes that
// of the initial state.
template <class T>
void run_backward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& initial_hidden,
                  const Tensor& output_gradient, const Tensor& gates_gradient, const Tensor& hidden_gradient) {
  const auto [batch, time, units] = steps.sizes;
  const Matrix<T> hidden = ops::matrix_of<T>(hidden_gradient);
  for (int64_t t = time; t-- > 0;) {
    const Matrix<T> gradient = ops::step_of<T>(gates_gradient, t);
    kernels::gru_gates_vjp<T>({.gates = ops::step_of<const T>(steps.gates, t),
                               .candidate = core::elements<const T>(steps.candidates) + t * batch * units,
                               .previous = ops::hidden_before<T>(t, steps.outputs, initial_hidden),
                               .output_gradient = ops::step_of<const T>(output_gradient, t),
                               .hidden_gradient = hidden.data,
                               .gates_gradient = gradient});
    kernels::gemm<T>(T(1), gradient.block(0, 0, batch, 3 * units),
                     ops::matrix_of<const T>(recurrent_kernel).transpose(), T(1), hidden);
  }
}

// The last axis begins with its last `count` elements.
Tensor rotated(const Tensor& x, int64_t count) {
  const int64_t rest = x.shape().back() - count;
  const std::vector<Tensor> parts = split(x, {rest, count}, -1);
  return concatenate({parts[1], parts[0]}, -1);
}

void fused_vjp(const Steps& steps, const std::vector<Tensor>& inputs, const Tensor& output_gradient,
               Gradients& gradients) {
  const Tensor& x = inputs[0];
  const auto [batch, time, units] = steps.sizes;
  const Tensor recurrent_kernel = rotated(inputs[2], units);
  const Tensor initial_hidden = ops::contiguous_or_undefined("gru", inputs[4]);
  const Tensor contiguous_gradient = ops::contiguous("gru", output_gradient);
  const Tensor hidden_gradient = zeros({batch, units}, x.dtype());
  const Tensor gates_gradient = core::make_tensor({batch, time, 4 * units}, x.dtype(), "gru");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    run_backward<T>(steps, recurrent_kernel, initial_hidden, contiguous_gradient, gates_gradient, hidden_gradient);
  });

  const Tensor flat = gates_gradient.reshape({batch * time, 4 * units});
  const Tensor from_hidden = flat.slice(1, {0, 3 * units}), from_x = flat.slice(1, {units, 4 * units});
  if (gradients.needed(0)) gradients.set(0, ops::input_gradient(from_x, x, inputs[1]));
  if (gradients.needed(1)) gradients.set(1, ops::kernel_gradient(from_x, x));
  if (gradients.needed(2)) {
    const Tensor gradient = ops::recurrent_kernel_gradient(from_hidden, steps.outputs, initial_hidden);
    gradients.set(2, rotated(gradient, 2 * units));
  }
  if (gradients.needed(3)) {
    const Tensor sums = sum(flat, 0);
    gradients.set(3, stack({sums.slice(0, {units, 4 * units}), rotated(sums.slice(0, {0, 3 * units}), 2 * units)}, 0));
  }
  if (gradients.needed(4)) gradients.set(4, hidden_gradient);
}

}  // namespace

GruResult gru(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
              const Tensor& initial_hidden, const GruOptions& options) {
  const std::vector<Tensor> inputs{x, kernel, recurrent_kernel, bias, initial_hidden};
  const Shape bias_shape = options.reset_after ? Shape{2} : Shape{};
  const RecurrentSizes sizes = ops::checked_sizes("gru", inputs, 3, bias_shape, {"initial_hidden"});
  const auto [batch, time, units] = sizes;
  if (time == 0) return {zeros({batch, 0, units}, x.dtype()), ops::state_or_zeros(initial_hidden, sizes, x)};
  if (options.activation || options.recurrent_activation || !options.reset_after) {
    const Tensor outputs = composite_gru(inputs, sizes, options);
    return {outputs, outputs.select(1, time - 1)};
  }

  Steps steps{sizes,
              {},
              core::make_tensor({batch, time, units}, x.dtype(), "gru"),
              core::make_tensor({time, batch, units}, x.dtype(), "gru")};
  {
    const NoGrad no_grad;
    // The inputs of all steps in one product.
    steps.gates = dense(x, kernel, bias_of(bias, 0));
    const Tensor contiguous_kernel = ops::contiguous("gru", recurrent_kernel);
    const Tensor hidden = ops::contiguous_or_undefined("gru", initial_hidden);
    const Tensor recurrent_bias = ops::contiguous_or_undefined("gru", bias_of(bias, 1));
    core::switch_floating(x.dtype(),
                          [&]<class T>(T) { run_forward<T>(steps, contiguous_kernel, recurrent_bias, hidden); });
  }
  const Tensor outputs = steps.outputs.detach();
  ops::record_fused(
      "gru", std::span(&outputs, 1), inputs,
      [sizes](const std::vector<Tensor>& values) -> std::vector<Tensor> { return {composite_gru(values, sizes, {})}; },
      [steps](const std::vector<Tensor>& values, std::span<const Tensor> output_gradients, Gradients& gradients) {
        fused_vjp(steps, values, output_gradients[0], gradients);
      });
  return {outputs, outputs.select(1, time - 1)};
}

}  // namespace xtape
