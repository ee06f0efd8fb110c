#include "kernels/recurrent/lstm.hpp"

#include <xtape/autograd.hpp>
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
#include "ops/linalg/dense.hpp"
#include "ops/linalg/matmul.hpp"
#include "ops/recurrent/recurrent.hpp"
#include "ops/registry.hpp"
#include "ops/support/composite.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;
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

RecurrentSizes sizes_of(const Tensor& x, const Tensor& recurrent_kernel) {
  return {x.shape()[0], x.shape()[1], recurrent_kernel.shape()[0]};
}

// The gradients of the six inputs that are needed, from those of the outputs and the last cell, of which one may be
// undefined, and what the forward pass left.
struct LstmVjp {
  static constexpr const char* name = "lstm_vjp";
  static constexpr std::size_t outputs = 6;
  std::array<bool, 6> needed;

  void attributes(autograd::Attributes& to) const { to("needed", needed); }
  std::array<Spec, 6> shape(const Tensor&, const Tensor&, const Tensor& x, const Tensor& kernel,
                            const Tensor& recurrent_kernel, const Tensor& bias, const Tensor& initial_hidden,
                            const Tensor& initial_cell, const Tensor&, const Tensor&, const Tensor&) const {
    return ops::gradient_specs<6>(needed, {&x, &kernel, &recurrent_kernel, &bias, &initial_hidden, &initial_cell});
  }
  void compute(const Tensor& outputs_gradient, const Tensor& last_cell_gradient, const Tensor& x, const Tensor& kernel,
               const Tensor& given_recurrent_kernel, const Tensor&, const Tensor& initial_hidden,
               const Tensor& given_initial_cell, const Tensor& outputs, const Tensor& gates, const Tensor& cells,
               const Tensor& dx, const Tensor& dkernel, const Tensor& drecurrent_kernel, const Tensor& dbias,
               const Tensor& dinitial_hidden, const Tensor& dinitial_cell) const {
    const NoGrad no_grad;
    const Steps steps{sizes_of(x, given_recurrent_kernel), gates, outputs, cells};
    const auto [batch, time, units] = steps.sizes;
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor initial_cell = ops::dense(name, given_initial_cell);
    const Tensor output_gradient = ops::dense(name, outputs_gradient);
    const Tensor hidden_gradient = dinitial_hidden.defined() ? dinitial_hidden : empty({batch, units}, x.dtype());
    const Tensor cell_gradient = dinitial_cell.defined() ? dinitial_cell : empty({batch, units}, x.dtype());
    hidden_gradient.fill(0);
    cell_gradient.fill(0);
    if (last_cell_gradient.defined()) cell_gradient.assign(last_cell_gradient);
    const Tensor gates_gradient = core::make_like(gates, name);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      run_backward<T>(steps, recurrent_kernel, initial_cell, output_gradient, gates_gradient, hidden_gradient,
                      cell_gradient);
    });

    const Tensor flat = gates_gradient.reshape({batch * time, 4 * units});
    const Tensor flat_x = x.reshape({batch * time, x.shape()[2]});
    if (needed[0]) ops::matmul_into(flat, transpose(kernel), dx.reshape(flat_x.shape()));
    if (needed[1]) ops::matmul_into(transpose(flat_x), flat, dkernel);
    if (needed[2]) {
      ops::matmul_into(transpose(ops::previous_hidden(outputs, initial_hidden)), flat, drecurrent_kernel);
    }
    if (needed[3]) dbias.assign(sum(flat, 0));
  }
  std::array<Tensor, 6> decompose(const Tensor& outputs_gradient, const Tensor& last_cell_gradient, const Tensor& x,
                                  const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                                  const Tensor& initial_hidden, const Tensor& initial_cell, const Tensor&,
                                  const Tensor&, const Tensor&) const {
    const std::array<Tensor, 2> gradients{outputs_gradient, last_cell_gradient};
    const RecurrentSizes sizes = sizes_of(x, recurrent_kernel);
    std::vector<Tensor> results =
        ops::composite_gradients([&](const std::vector<Tensor>& inputs) { return composite_lstm(inputs, sizes, {}); },
                                 {x, kernel, recurrent_kernel, bias, initial_hidden, initial_cell}, gradients, needed);
    std::array<Tensor, 6> moved;
    std::move(results.begin(), results.end(), moved.begin());
    return moved;
  }
};

// The outputs and the last cell; and for derivatives the activated gates, [batch, time, 4 units], and the cells,
// [time, batch, units].
struct Lstm {
  static constexpr const char* name = "lstm";
  static constexpr std::size_t outputs = 4;

  // Sequences of all examples are sequences, as long as the weights are the same.
  std::array<Tensor, 4> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& kernel,
                              const ops::Mapped& recurrent_kernel, const ops::Mapped& bias, const ops::Mapped& hidden,
                              const ops::Mapped& cell) const {
    if (kernel.mapped || recurrent_kernel.mapped || bias.mapped) {
      return autograd::apply_in_loop(*this, examples, x, kernel, recurrent_kernel, bias, hidden, cell);
    }
    const auto [outputs, last_cell, gates, cells] =
        autograd::apply(*this, ops::sequences_of_all(x, examples), kernel.value, recurrent_kernel.value, bias.value,
                        ops::sequences_of_all(hidden, examples), ops::sequences_of_all(cell, examples));
    return {ops::unfolded(outputs, examples), ops::unfolded(last_cell, examples), ops::unfolded(gates, examples),
            ops::unfolded_steps(cells, examples)};
  }
  std::array<Spec, 4> shape(const Tensor& x, const Tensor&, const Tensor& recurrent_kernel, const Tensor&,
                            const Tensor&, const Tensor&) const {
    const auto [batch, time, units] = sizes_of(x, recurrent_kernel);
    return {Spec{{batch, time, units}, x.dtype()},
            {{batch, units}, x.dtype()},
            {{batch, time, 4 * units}, x.dtype()},
            {{time, batch, units}, x.dtype()}};
  }
  void compute(const Tensor& x, const Tensor& kernel, const Tensor& given_recurrent_kernel, const Tensor& bias,
               const Tensor& given_hidden, const Tensor& given_cell, const Tensor& outputs, const Tensor& last_cell,
               const Tensor& gates, const Tensor& cells) const {
    const NoGrad no_grad;
    const Steps steps{sizes_of(x, given_recurrent_kernel), gates, outputs, cells};
    const auto [batch, time, units] = steps.sizes;
    // The inputs of all steps in one product.
    ops::dense_into(x.reshape({batch * time, x.shape()[2]}), kernel, bias, gates.reshape({batch * time, 4 * units}));
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor hidden = ops::dense(name, given_hidden), cell = ops::dense(name, given_cell);
    core::switch_floating(x.dtype(), [&]<class T>(T) { run_forward<T>(steps, recurrent_kernel, hidden, cell); });
    last_cell.assign(cells.select(0, time - 1));
  }
  uint32_t keeps(uint32_t) const { return 63 | 1 << 6 | 1 << 8 | 1 << 9; }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    LstmVjp op;
    for (std::size_t i = 0; i < 6; ++i) op.needed[i] = gradients.needed(i);
    auto results =
        autograd::apply(op, g[0], g[1], primals.input(0), primals.input(1), primals.input(2), primals.input(3),
                        primals.input(4), primals.input(5), primals.output(0), primals.output(2), primals.output(3));
    for (std::size_t i = 0; i < 6; ++i) {
      if (op.needed[i]) gradients.set(i, std::move(results[i]));
    }
  }
  std::array<Tensor, 4> decompose(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                                  const Tensor& bias, const Tensor& hidden, const Tensor& cell) const {
    const std::vector<Tensor> results =
        composite_lstm({x, kernel, recurrent_kernel, bias, hidden, cell}, sizes_of(x, recurrent_kernel), {});
    return {results[0], results[1]};
  }
};

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
  const auto results =
      autograd::apply(Lstm{}, ops::contiguous("lstm", x), kernel, recurrent_kernel, bias, initial_hidden, initial_cell);
  return {results[0], results[0].select(1, time - 1), results[1]};
}

void ops::describe_lstm(autograd::Registry& to) {
  to.add<Lstm, 6>();
  to.add<LstmVjp, 11>();
}

}  // namespace xtape
