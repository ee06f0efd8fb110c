#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/recurrent.hpp>
#include <xtape/ops/reduction.hpp>

#include <algorithm>
#include <string>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/gemm.hpp"
#include "kernels/lstm.hpp"
#include "ops/composite.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Saved;

namespace {

void check_lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                const Tensor& hidden, const Tensor& cell) {
  for (const Tensor* tensor : {&x, &kernel, &recurrent_kernel}) core::check_floating("lstm", *tensor);
  const auto expect = [&](const char* what, const Tensor& tensor, const Shape& shape) {
    if (!tensor.defined()) return;
    if (tensor.shape() != shape) {
      throw ShapeError(std::string("lstm: expected ") + what + " of shape " + shape.str() + ", got " + tensor.shape().str());
    }
    if (tensor.dtype() != x.dtype()) {
      throw DTypeError(std::string("lstm: expected ") + what + " to be " + name(x.dtype()) + " as x, got " +
                       name(tensor.dtype()));
    }
  };
  if (x.rank() != 3) throw ShapeError("lstm: expected x [batch, time, in], got " + x.shape().str());
  if (recurrent_kernel.rank() != 2) {
    throw ShapeError("lstm: expected recurrent_kernel [units, 4 units], got " + recurrent_kernel.shape().str());
  }
  const int64_t units = recurrent_kernel.shape()[0];
  expect("kernel", kernel, {x.shape()[2], 4 * units});
  expect("recurrent_kernel", recurrent_kernel, {units, 4 * units});
  expect("bias", bias, {4 * units});
  expect("initial_hidden", hidden, {x.shape()[0], units});
  expect("initial_cell", cell, {x.shape()[0], units});
}

// The outputs and the last cell in public operations; inputs as those of lstm.
std::vector<Tensor> composite_lstm(const std::vector<Tensor>& inputs) {
  const Tensor& x = inputs[0];
  const Tensor& recurrent_kernel = inputs[2];
  const int64_t units = recurrent_kernel.shape()[0];
  const Shape state{x.shape()[0], units};
  Tensor hidden = inputs[4].defined() ? inputs[4] : zeros(state, x.dtype());
  Tensor cell = inputs[5].defined() ? inputs[5] : zeros(state, x.dtype());
  const Tensor projected = dense(x, inputs[1], inputs[3]);
  std::vector<Tensor> outputs;
  for (int64_t step = 0; step < x.shape()[1]; ++step) {
    const Tensor gates = projected.select(1, step) + matmul(hidden, recurrent_kernel);
    const std::vector<Tensor> parts = split(gates, 4, 1);
    cell = sigmoid(parts[1]) * cell + sigmoid(parts[0]) * tanh(parts[2]);
    hidden = sigmoid(parts[3]) * tanh(cell);
    outputs.push_back(hidden);
  }
  return {stack(outputs, 1), cell};
}

// What the forward pass leaves: activated gates and outputs [batch, time, ...], cells [time, batch, units].
struct Steps {
  int64_t batch, time, units;
  Tensor gates, outputs, cells;
};

template <class T>
const T* elements_or_null(const Tensor& tensor) {
  return tensor.defined() ? core::elements<const T>(tensor) : nullptr;
}

// `steps.gates` holds the projected inputs and is overwritten.
template <class T>
void run_forward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& hidden, const Tensor& cell) {
  const auto [batch, time, units, gates, outputs, cells] = steps;
  const T* previous_hidden = elements_or_null<T>(hidden);
  const T* previous_cell = elements_or_null<T>(cell);
  int64_t hidden_step = units;
  for (int64_t t = 0; t < time; ++t) {
    T* gates_now = core::elements<T>(gates) + t * 4 * units;
    T* cell_now = core::elements<T>(cells) + t * batch * units;
    T* hidden_now = core::elements<T>(outputs) + t * units;
    if (previous_hidden) {
      kernels::gemm<T>(false, false, batch, 4 * units, units, T(1), previous_hidden, hidden_step,
                       core::elements<const T>(recurrent_kernel), 4 * units, T(1), gates_now, time * 4 * units);
    }
    kernels::lstm_gates<T>(batch, units, gates_now, time * 4 * units, previous_cell, cell_now, hidden_now, time * units);
    previous_hidden = hidden_now;
    hidden_step = time * units;
    previous_cell = cell_now;
  }
}

// Fills gates_gradient [batch, time, 4 units]; cell_gradient and hidden_gradient [batch, units] end as those of the
// initial states.
template <class T>
void run_backward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& initial_cell,
                  const Tensor& output_gradient, const Tensor& gates_gradient, const Tensor& hidden_gradient,
                  const Tensor& cell_gradient) {
  const auto [batch, time, units, gates, outputs, cells] = steps;
  T* hidden = core::elements<T>(hidden_gradient);
  for (int64_t t = time; t-- > -1;) {
    // The gradient of hidden state t (-1: the initial one): from its output, and from the next step.
    for (int64_t row = 0; row < batch; ++row) {
      T* to = hidden + row * units;
      if (t >= 0 && output_gradient.defined()) {
        const T* from = core::elements<const T>(output_gradient) + (row * time + t) * units;
        std::copy(from, from + units, to);
      } else {
        std::fill(to, to + units, T(0));
      }
    }
    if (t + 1 < time) {
      kernels::gemm<T>(false, true, batch, units, 4 * units, T(1),
                       core::elements<const T>(gates_gradient) + (t + 1) * 4 * units, time * 4 * units,
                       core::elements<const T>(recurrent_kernel), 4 * units, T(1), hidden, units);
    }
    if (t < 0) break;
    const T* cell_now = core::elements<const T>(cells) + t * batch * units;
    kernels::lstm_gates_vjp<T>(batch, units, core::elements<const T>(gates) + t * 4 * units, time * 4 * units,
                               t > 0 ? cell_now - batch * units : elements_or_null<T>(initial_cell), cell_now, hidden,
                               core::elements<T>(cell_gradient), core::elements<T>(gates_gradient) + t * 4 * units,
                               time * 4 * units);
  }
}

// The hidden state before each step, [batch * time, units].
Tensor previous_hidden(const Steps& steps, const Tensor& initial_hidden) {
  const Tensor previous = zeros({steps.batch, steps.time, steps.units}, steps.outputs.dtype());
  if (steps.time > 1) previous.slice(1, {1, std::nullopt}).assign(steps.outputs.slice(1, {0, -1}));
  if (initial_hidden.defined()) previous.select(1, 0).assign(initial_hidden);
  return previous.reshape({steps.batch * steps.time, steps.units});
}

void fused_vjp(const Steps& steps, const std::vector<Tensor>& inputs, std::span<const Tensor> output_gradients,
               Gradients& gradients) {
  const Tensor& x = inputs[0];
  const Tensor recurrent_kernel = inputs[2].contiguous();
  const Tensor initial_cell = inputs[5].defined() ? inputs[5].contiguous() : Tensor();
  const Shape state{steps.batch, steps.units};
  const Tensor output_gradient = output_gradients[0].defined() ? output_gradients[0].contiguous() : Tensor();
  const Tensor cell_gradient = output_gradients[1].defined() ? output_gradients[1].clone() : zeros(state, x.dtype());
  const Tensor hidden_gradient = core::make_tensor(state, x.dtype());
  const Tensor gates_gradient = core::make_tensor(steps.gates.shape(), x.dtype());
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    run_backward<T>(steps, recurrent_kernel, initial_cell, output_gradient, gates_gradient, hidden_gradient,
                    cell_gradient);
  });

  const int64_t rows = steps.batch * steps.time;
  const Tensor flat = gates_gradient.reshape({rows, 4 * steps.units});
  if (gradients.needed(0)) gradients.set(0, matmul(flat, transpose(inputs[1])).reshape(x.shape()));
  if (gradients.needed(1)) gradients.set(1, matmul(transpose(x.reshape({rows, x.shape()[2]})), flat));
  if (gradients.needed(2)) gradients.set(2, matmul(transpose(previous_hidden(steps, inputs[4])), flat));
  if (gradients.needed(3)) gradients.set(3, sum(flat, 0));
  if (gradients.needed(4)) gradients.set(4, hidden_gradient);
  if (gradients.needed(5)) gradients.set(5, cell_gradient);
}

}  // namespace

LstmResult lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                const Tensor& initial_hidden, const Tensor& initial_cell) {
  check_lstm(x, kernel, recurrent_kernel, bias, initial_hidden, initial_cell);
  const int64_t batch = x.shape()[0];
  const int64_t time = x.shape()[1];
  const int64_t units = recurrent_kernel.shape()[0];
  const std::vector<Tensor> inputs{x, kernel, recurrent_kernel, bias, initial_hidden, initial_cell};
  if (time == 0) {
    const Tensor nothing = zeros({batch, units}, x.dtype());
    return {zeros({batch, 0, units}, x.dtype()), initial_hidden.defined() ? initial_hidden : nothing,
            initial_cell.defined() ? initial_cell : nothing};
  }

  Steps steps{batch, time, units, {}, core::make_tensor({batch, time, units}, x.dtype()),
              core::make_tensor({time, batch, units}, x.dtype())};
  {
    const NoGrad no_grad;
    // The inputs of all steps in one product.
    steps.gates = dense(x, kernel, bias);
    const Tensor dense_kernel = recurrent_kernel.contiguous();
    const Tensor hidden = initial_hidden.defined() ? initial_hidden.contiguous() : Tensor();
    const Tensor cell = initial_cell.defined() ? initial_cell.contiguous() : Tensor();
    core::switch_floating(x.dtype(), [&]<class T>(T) { run_forward<T>(steps, dense_kernel, hidden, cell); });
  }
  const Tensor outputs = steps.outputs.detach();
  const Tensor cell = steps.cells.select(0, time - 1).clone();

  const auto differentiable = [](const Tensor& input) { return input.requires_grad(); };
  if (autograd::recording && std::any_of(inputs.begin(), inputs.end(), differentiable)) {
    std::vector<Saved> saved;
    for (const Tensor& input : inputs) saved.push_back(input.defined() ? Saved(input) : Saved());
    const std::vector<Tensor> results{outputs, cell};
    autograd::record("lstm", results, inputs,
                     [steps, saved, outputs = Saved::output(outputs)](std::span<const Tensor> output_gradients,
                                                                      Gradients& gradients) {
                       std::vector<Tensor> values;
                       for (const Saved& entry : saved) values.push_back(entry.defined() ? entry.get() : Tensor());
                       if (autograd::recording) {
                         ops::composite_vjp(composite_lstm, values, output_gradients, gradients);
                       } else {
                         outputs.get();  // refuses if somebody changed them
                         fused_vjp(steps, values, output_gradients, gradients);
                       }
                     });
  }
  return {outputs, outputs.select(1, time - 1), cell};
}

}  // namespace xtape
