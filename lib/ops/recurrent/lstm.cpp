#include "kernels/recurrent/lstm.hpp"

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

// The outputs and the last cell in public operations; inputs as those of lstm.
std::vector<Tensor> composite_lstm(const std::vector<Tensor>& inputs, const RecurrentSizes& sizes,
                                   const LstmOptions& options) {
  const auto activation = ops::or_default("lstm", options.activation, tanh);
  const auto gate = ops::or_default("lstm", options.recurrent_activation, sigmoid);
  Tensor hidden = ops::state_or_zeros(inputs[4], sizes, inputs[0]);
  Tensor cell = ops::state_or_zeros(inputs[5], sizes, inputs[0]);
  const Tensor outputs = ops::stack_steps(dense(inputs[0], inputs[1], inputs[3]), [&](const Tensor& projected) {
    const std::vector<Tensor> parts = split(projected + matmul(hidden, inputs[2]), 4, 1);
    cell = gate(parts[1]) * cell + gate(parts[0]) * activation(parts[2]);
    hidden = gate(parts[3]) * activation(cell);
    return hidden;
  });
  return {outputs, cell};
}

// What the forward pass leaves: activated gates and outputs [batch, time, ...], cells [time, batch, units].
struct Steps {
  RecurrentSizes sizes;
  Tensor gates, outputs, cells;
};

// The cell after step t; the initial one for -1.
template <class T>
T* cell_after(int64_t t, const Steps& steps, const Tensor& initial_cell) {
  const auto [batch, time, units] = steps.sizes;
  return t < 0 ? ops::matrix_of<T>(initial_cell).data : core::elements<T>(steps.cells) + t * batch * units;
}

// `steps.gates` holds the projected inputs and is overwritten.
template <class T>
void run_forward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& initial_hidden,
                 const Tensor& initial_cell) {
  for (int64_t t = 0; t < steps.sizes.time; ++t) {
    const Matrix<T> gates = ops::step_of<T>(steps.gates, t);
    const Matrix<const T> previous = ops::hidden_before<T>(t, steps.outputs, initial_hidden);
    if (previous.data) kernels::gemm<T>(T(1), previous, ops::matrix_of<const T>(recurrent_kernel), T(1), gates);
    kernels::lstm_gates<T>({.gates = gates,
                            .previous_cell = cell_after<const T>(t - 1, steps, initial_cell),
                            .cell = cell_after<T>(t, steps, initial_cell),
                            .hidden = ops::step_of<T>(steps.outputs, t)});
  }
}

// Fills gates_gradient [batch, time, 4 units]; hidden_gradient, zeros, and cell_gradient [batch, units] become those of
// the initial states.
template <class T>
void run_backward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& initial_cell,
                  const Tensor& output_gradient, const Tensor& gates_gradient, const Tensor& hidden_gradient,
                  const Tensor& cell_gradient) {
  const Matrix<T> hidden = ops::matrix_of<T>(hidden_gradient);
  for (int64_t t = steps.sizes.time; t-- > 0;) {
    const Matrix<T> gradient = ops::step_of<T>(gates_gradient, t);
    kernels::lstm_gates_vjp<T>({.gates = ops::step_of<const T>(steps.gates, t),
                                .previous_cell = cell_after<const T>(t - 1, steps, initial_cell),
                                .cell = cell_after<const T>(t, steps, initial_cell),
                                .output_gradient = ops::step_of<const T>(output_gradient, t),
                                .hidden_gradient = hidden.data,
                                .cell_gradient = core::elements<T>(cell_gradient),
                                .gates_gradient = gradient});
    kernels::gemm<T>(T(1), gradient, ops::matrix_of<const T>(recurrent_kernel).transpose(), T(0), hidden);
  }
}

void fused_vjp(const Steps& steps, const std::vector<Tensor>& inputs, std::span<const Tensor> output_gradients,
               Gradients& gradients) {
  const Tensor &x = inputs[0], &initial_hidden = inputs[4];
  const auto [batch, time, units] = steps.sizes;
  const Tensor recurrent_kernel = ops::contiguous("lstm", inputs[2]);
  const Tensor initial_cell = ops::contiguous_or_undefined("lstm", inputs[5]);
  const Tensor output_gradient = ops::contiguous_or_undefined("lstm", output_gradients[0]);
  const Tensor hidden_gradient = zeros({batch, units}, x.dtype());
  const Tensor cell_gradient = ops::copy("lstm", ops::state_or_zeros(output_gradients[1], steps.sizes, x));
  const Tensor gates_gradient = core::make_tensor(steps.gates.shape(), x.dtype(), "lstm");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    run_backward<T>(steps, recurrent_kernel, initial_cell, output_gradient, gates_gradient, hidden_gradient,
                    cell_gradient);
  });

  const Tensor flat = gates_gradient.reshape({batch * time, 4 * units});
  if (gradients.needed(0)) gradients.set(0, ops::input_gradient(flat, x, inputs[1]));
  if (gradients.needed(1)) gradients.set(1, ops::kernel_gradient(flat, x));
  if (gradients.needed(2)) gradients.set(2, ops::recurrent_kernel_gradient(flat, steps.outputs, initial_hidden));
  if (gradients.needed(3)) gradients.set(3, sum(flat, 0));
  if (gradients.needed(4)) gradients.set(4, hidden_gradient);
  if (gradients.needed(5)) gradients.set(5, cell_gradient);
}

}  // namespace

LstmResult lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                const Tensor& initial_hidden, const Tensor& initial_cell, const LstmOptions& options) {
  const std::vector<Tensor> inputs{x, kernel, recurrent_kernel, bias, initial_hidden, initial_cell};
  const RecurrentSizes sizes = ops::checked_sizes("lstm", inputs, 4, {}, {"initial_hidden", "initial_cell"});
  const auto [batch, time, units] = sizes;
  if (time == 0) {
    return {zeros({batch, 0, units}, x.dtype()), ops::state_or_zeros(initial_hidden, sizes, x),
            ops::state_or_zeros(initial_cell, sizes, x)};
  }
  if (options.activation || options.recurrent_activation) {
    const std::vector<Tensor> results = composite_lstm(inputs, sizes, options);
    return {results[0], results[0].select(1, time - 1), results[1]};
  }

  Steps steps{sizes,
              {},
              core::make_tensor({batch, time, units}, x.dtype(), "lstm"),
              core::make_tensor({time, batch, units}, x.dtype(), "lstm")};
  {
    const NoGrad no_grad;
    // The inputs of all steps in one product.
    steps.gates = dense(x, kernel, bias);
    const Tensor contiguous_kernel = ops::contiguous("lstm", recurrent_kernel);
    const Tensor hidden = ops::contiguous_or_undefined("lstm", initial_hidden),
                 cell = ops::contiguous_or_undefined("lstm", initial_cell);
    core::switch_floating(x.dtype(), [&]<class T>(T) { run_forward<T>(steps, contiguous_kernel, hidden, cell); });
  }
  const std::vector<Tensor> results{steps.outputs.detach(), ops::copy("lstm", steps.cells.select(0, time - 1))};
  ops::record_fused(
      "lstm", results, inputs, [sizes](const std::vector<Tensor>& values) { return composite_lstm(values, sizes, {}); },
      [steps](const std::vector<Tensor>& values, std::span<const Tensor> output_gradients, Gradients& gradients) {
        fused_vjp(steps, values, output_gradients, gradients);
      });
  return {results[0], results[0].select(1, time - 1), results[1]};
}

}  // namespace xtape
