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

#include "autograd/composite.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/linalg/gemm.hpp"
#include "kernels/recurrent/rows.hpp"
#include "ops/linalg/dense.hpp"
#include "ops/linalg/matmul.hpp"
#include "ops/recurrent/recurrent.hpp"
#include "ops/recurrent/step_layout.hpp"
#include "ops/registry.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;
using kernels::Matrix;
using ops::RecurrentMasks;
using ops::RecurrentSizes;
using ops::StepLayout;

namespace {

// The outputs and the last states in public operations; inputs as those of lstm.
std::vector<Tensor> composite_lstm(const std::vector<Tensor>& inputs, const RecurrentMasks& masks,
                                   const RecurrentSizes& sizes, const LstmOptions& options) {
  const auto activation = ops::or_default("lstm", options.activation, tanh);
  const auto gate = ops::or_default("lstm", options.recurrent_activation, sigmoid);
  const Tensor x = ops::where_counted(inputs[0], masks.steps);
  const std::vector<Tensor> initial{ops::state_or_zeros(inputs[4], sizes, x), ops::state_or_zeros(inputs[5], sizes, x)};
  return ops::run_steps(dense(x, inputs[1], inputs[3]), initial, masks,
                        [&](const Tensor& projected, const std::vector<Tensor>& states) -> std::vector<Tensor> {
                          const std::vector<Tensor> parts =
                              split(projected + matmul(ops::dropped(states[0], masks), inputs[2]), 4, 1);
                          const Tensor cell = gate(parts[1]) * states[1] + gate(parts[0]) * activation(parts[2]);
                          return {gate(parts[3]) * activation(cell), cell};
                        });
}

// What the forward pass leaves: activated gates and hidden states, in the places that `layout` gives them, and cells,
// step after step.
struct Steps {
  const StepLayout& layout;
  Tensor gates, hidden, cells;
};

// The cell before step t.
template <class T>
const T* cell_before(int64_t t, const Steps& steps, const Tensor& initial_cell) {
  return t == 0 ? steps.layout.state<const T>(initial_cell, t).data
                : steps.layout.block<const T>(steps.cells, t - 1).data;
}

// `steps.gates` holds the projected inputs and is overwritten.
template <class T>
void run_forward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& initial_hidden,
                 const Tensor& initial_cell, const Tensor& dropout) {
  const StepLayout& layout = steps.layout;
  const Tensor scratch = dropout.defined() ? core::make_like(dropout, "lstm") : Tensor();
  for (int64_t t = 0; t < layout.steps(); ++t) {
    const Matrix<T> gates = layout.step<T>(steps.gates, t);
    const Matrix<const T> previous =
        ops::dropped<T>(layout.before<T>(t, steps.hidden, initial_hidden), dropout, scratch);
    if (previous.data) kernels::gemm<T>(T(1), previous, ops::matrix_of<const T>(recurrent_kernel), T(1), gates);
    kernels::lstm_gates<T>({.gates = gates,
                            .previous_cell = cell_before<T>(t, steps, initial_cell),
                            .cell = layout.block<T>(steps.cells, t).data,
                            .hidden = layout.step<T>(steps.hidden, t)});
  }
}

// Fills gates_gradient, like steps.gates; hidden_gradient and cell_gradient [batch, units], those of the last states,
// become those of the initial ones.
template <class T>
void run_backward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& initial_cell, const Tensor& dropout,
                  const Tensor& output_gradient, const Tensor& gates_gradient, const Tensor& hidden_gradient,
                  const Tensor& cell_gradient) {
  const StepLayout& layout = steps.layout;
  for (int64_t t = layout.steps(); t-- > 0;) {
    const Matrix<T> gradient = layout.step<T>(gates_gradient, t), hidden = layout.state<T>(hidden_gradient, t);
    kernels::lstm_gates_vjp<T>({.gates = layout.step<const T>(steps.gates, t),
                                .previous_cell = cell_before<T>(t, steps, initial_cell),
                                .cell = layout.block<const T>(steps.cells, t).data,
                                .output_gradient = layout.step<const T>(output_gradient, t),
                                .hidden_gradient = hidden.data,
                                .cell_gradient = core::elements<T>(cell_gradient),
                                .gates_gradient = gradient});
    kernels::gemm<T>(T(1), gradient, ops::matrix_of<const T>(recurrent_kernel).transpose(), T(0), hidden);
    if (dropout.defined()) kernels::multiply_rows<T>(hidden, core::elements<const T>(dropout), hidden);
  }
}

// Fills tangents.hidden and tangents.cells from those of the initial states. `tangents.gates` holds those of all that
// goes into the gates but what tangents of hidden states give, and is overwritten.
template <class T>
void run_tangents(const Steps& values, const Steps& tangents, const Tensor& recurrent_kernel,
                  const Tensor& initial_cell, const Tensor& dropout, const Tensor& initial_hidden_tangent,
                  const Tensor& initial_cell_tangent) {
  const StepLayout& layout = tangents.layout;
  const Tensor scratch = dropout.defined() ? core::make_like(dropout, "lstm") : Tensor();
  for (int64_t t = 0; t < layout.steps(); ++t) {
    const Matrix<T> gates = layout.step<T>(tangents.gates, t);
    const Matrix<const T> previous =
        ops::dropped<T>(layout.before<T>(t, tangents.hidden, initial_hidden_tangent), dropout, scratch);
    if (previous.data) kernels::gemm<T>(T(1), previous, ops::matrix_of<const T>(recurrent_kernel), T(1), gates);
    kernels::lstm_gates_jvp<T>({.gates = layout.step<const T>(values.gates, t),
                                .previous_cell = cell_before<T>(t, values, initial_cell),
                                .cell = layout.block<const T>(values.cells, t).data,
                                .gates_tangent = gates,
                                .previous_cell_tangent = cell_before<T>(t, tangents, initial_cell_tangent),
                                .cell_tangent = layout.block<T>(tangents.cells, t).data,
                                .hidden_tangent = layout.step<T>(tangents.hidden, t)});
  }
}

RecurrentSizes sizes_of(const Tensor& x, const Tensor& recurrent_kernel) {
  return {x.shape()[0], x.shape()[1], recurrent_kernel.shape()[0]};
}

// The gradients of the first six inputs of Lstm that are needed, from those of the outputs and the last states, of
// which some may be undefined, and what the forward pass left.
struct LstmVjp {
  static constexpr const char* name = "lstm_vjp";
  static constexpr std::size_t outputs = 6;
  std::array<bool, 6> needed;
  bool zero_output_for_mask;

  void attributes(autograd::Attributes& to) const {
    to("needed", needed);
    to("zero_output_for_mask", zero_output_for_mask);
  }
  std::array<Spec, 6> shape(const Tensor&, const Tensor&, const Tensor&, const Tensor& x, const Tensor& kernel,
                            const Tensor& recurrent_kernel, const Tensor& bias, const Tensor& initial_hidden,
                            const Tensor& initial_cell, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                            const Tensor&) const {
    return ops::gradient_specs<6>(needed, {&x, &kernel, &recurrent_kernel, &bias, &initial_hidden, &initial_cell});
  }
  void compute(const Tensor& outputs_gradient, const Tensor& last_hidden_gradient, const Tensor& last_cell_gradient,
               const Tensor& x, const Tensor& kernel, const Tensor& given_recurrent_kernel, const Tensor&,
               const Tensor& given_initial_hidden, const Tensor& given_initial_cell, const Tensor& mask,
               const Tensor& given_dropout, const Tensor& outputs, const Tensor& gates, const Tensor& cells,
               const Tensor& dx, const Tensor& dkernel, const Tensor& drecurrent_kernel, const Tensor& dbias,
               const Tensor& dinitial_hidden, const Tensor& dinitial_cell) const {
    const NoGrad no_grad;
    const RecurrentSizes sizes = sizes_of(x, given_recurrent_kernel);
    const StepLayout layout(sizes, mask);
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor initial_hidden = layout.sorted(name, given_initial_hidden);
    const Tensor initial_cell = layout.sorted(name, given_initial_cell), dropout = layout.sorted(name, given_dropout);
    const Tensor output_gradient = layout.rows_of_gradient(name, outputs_gradient, zero_output_for_mask);
    const Tensor hidden_gradient = layout.gradient_of_last(name, last_hidden_gradient, x.dtype());
    const Tensor cell_gradient = layout.gradient_of_last(name, last_cell_gradient, x.dtype());
    const Steps steps{layout, gates, layout.rows_of(name, outputs), cells};
    const Tensor gates_gradient = core::make_tensor({layout.row_count(), 4 * sizes.units}, x.dtype(), name);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      run_backward<T>(steps, recurrent_kernel, initial_cell, dropout, output_gradient, gates_gradient, hidden_gradient,
                      cell_gradient);
    });

    if (needed[0]) layout.put_product(gates_gradient, transpose(kernel), dx);
    if (needed[1]) ops::matmul_into(transpose(layout.rows_of(name, x)), gates_gradient, dkernel);
    if (needed[2]) {
      const Tensor previous = layout.previous(name, steps.hidden, initial_hidden, dropout);
      ops::matmul_into(transpose(previous), gates_gradient, drecurrent_kernel);
    }
    if (needed[3]) dbias.assign(sum(gates_gradient, 0));
    if (needed[4]) layout.put_sorted(hidden_gradient, dinitial_hidden);
    if (needed[5]) layout.put_sorted(cell_gradient, dinitial_cell);
  }
  std::array<Tensor, 6> decompose(const Tensor& outputs_gradient, const Tensor& last_hidden_gradient,
                                  const Tensor& last_cell_gradient, const Tensor& x, const Tensor& kernel,
                                  const Tensor& recurrent_kernel, const Tensor& bias, const Tensor& initial_hidden,
                                  const Tensor& initial_cell, const Tensor& mask, const Tensor& dropout, const Tensor&,
                                  const Tensor&, const Tensor&) const {
    const std::array<Tensor, 3> gradients{outputs_gradient, last_hidden_gradient, last_cell_gradient};
    const RecurrentSizes sizes = sizes_of(x, recurrent_kernel);
    const RecurrentMasks masks{mask, dropout, zero_output_for_mask};
    std::vector<Tensor> results = autograd::composite_gradients(
        [&](const std::vector<Tensor>& inputs) { return composite_lstm(inputs, masks, sizes, {}); },
        {x, kernel, recurrent_kernel, bias, initial_hidden, initial_cell}, gradients, needed);
    std::array<Tensor, 6> moved;
    std::move(results.begin(), results.end(), moved.begin());
    return moved;
  }
};

// The tangents of the outputs and the last states, from those of the first six inputs of Lstm, of which some may be
// undefined, and what the forward pass left.
struct LstmJvp {
  static constexpr const char* name = "lstm_jvp";
  static constexpr std::size_t outputs = 3;
  bool zero_output_for_mask;

  void attributes(autograd::Attributes& to) const { to("zero_output_for_mask", zero_output_for_mask); }
  std::array<Spec, 3> shape(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                            const Tensor& x, const Tensor&, const Tensor& recurrent_kernel, const Tensor&,
                            const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                            const Tensor&) const {
    const auto [batch, time, units] = sizes_of(x, recurrent_kernel);
    return {Spec{{batch, time, units}, x.dtype()}, {{batch, units}, x.dtype()}, {{batch, units}, x.dtype()}};
  }
  void compute(const Tensor& dx, const Tensor& dkernel, const Tensor& drecurrent_kernel, const Tensor& dbias,
               const Tensor& dhidden, const Tensor& dcell, const Tensor& x, const Tensor& kernel,
               const Tensor& given_recurrent_kernel, const Tensor&, const Tensor& given_hidden,
               const Tensor& given_cell, const Tensor& mask, const Tensor& given_dropout, const Tensor& outputs,
               const Tensor& gates, const Tensor& cells, const Tensor& outputs_tangent,
               const Tensor& last_hidden_tangent, const Tensor& last_cell_tangent) const {
    const NoGrad no_grad;
    const RecurrentSizes sizes = sizes_of(x, given_recurrent_kernel);
    const StepLayout layout(sizes, mask);
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor hidden = layout.sorted(name, given_hidden), cell = layout.sorted(name, given_cell);
    const Tensor hidden_tangent = layout.sorted(name, dhidden), cell_tangent = layout.sorted(name, dcell);
    const Tensor dropout = layout.sorted(name, given_dropout);
    const Steps values{layout, gates, layout.rows_of(name, outputs), cells};
    const Steps tangents{layout, core::make_tensor({layout.row_count(), 4 * sizes.units}, x.dtype(), name),
                         layout.hidden_rows(name, outputs_tangent), core::make_like(cells, name)};
    // What is known before the first step, in one product each.
    const Tensor previous =
        drecurrent_kernel.defined() ? layout.previous(name, values.hidden, hidden, dropout) : Tensor();
    ops::put_products({{previous, drecurrent_kernel},
                       {layout.rows_of(name, dx), kernel},
                       {dkernel.defined() ? layout.rows_of(name, x) : Tensor(), dkernel}},
                      dbias, tangents.gates);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      run_tangents<T>(values, tangents, recurrent_kernel, cell, dropout, hidden_tangent, cell_tangent);
    });
    layout.put_outputs(tangents.hidden, zero_output_for_mask, outputs_tangent);
    layout.put_last(tangents.hidden, hidden_tangent, last_hidden_tangent);
    layout.put_last_of_blocks(tangents.cells, cell_tangent, last_cell_tangent);
  }
  std::array<Tensor, 3> decompose(const Tensor& dx, const Tensor& dkernel, const Tensor& drecurrent_kernel,
                                  const Tensor& dbias, const Tensor& dhidden, const Tensor& dcell, const Tensor& x,
                                  const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                                  const Tensor& hidden, const Tensor& cell, const Tensor& mask, const Tensor& dropout,
                                  const Tensor&, const Tensor&, const Tensor&) const {
    const RecurrentSizes sizes = sizes_of(x, recurrent_kernel);
    const RecurrentMasks masks{mask, dropout, zero_output_for_mask};
    const std::vector<Tensor> results = autograd::composite_tangents(
        [&](const std::vector<Tensor>& inputs) { return composite_lstm(inputs, masks, sizes, {}); },
        {x, kernel, recurrent_kernel, bias, hidden, cell},
        std::array{dx, dkernel, drecurrent_kernel, dbias, dhidden, dcell});
    return {results[0], results[1], results[2]};
  }
};

// The outputs and the last states; and for derivatives the activated gates, [batch, time, 4 units], and the cells,
// [time, batch, units], both in the order of StepLayout.
struct Lstm {
  static constexpr const char* name = "lstm";
  static constexpr std::size_t outputs = 5;
  bool zero_output_for_mask;

  void attributes(autograd::Attributes& to) const { to("zero_output_for_mask", zero_output_for_mask); }
  // Sequences of all examples are sequences, as long as the weights are the same.
  std::array<Tensor, 5> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& kernel,
                              const ops::Mapped& recurrent_kernel, const ops::Mapped& bias, const ops::Mapped& hidden,
                              const ops::Mapped& cell, const ops::Mapped& mask, const ops::Mapped& dropout) const {
    if (kernel.mapped || recurrent_kernel.mapped || bias.mapped) {
      return autograd::apply_in_loop(*this, examples, x, kernel, recurrent_kernel, bias, hidden, cell, mask, dropout);
    }
    const auto [outputs, last_hidden, last_cell, gates, cells] =
        autograd::apply(*this, ops::sequences_of_all(x, examples), kernel.value, recurrent_kernel.value, bias.value,
                        ops::sequences_of_all(hidden, examples), ops::sequences_of_all(cell, examples),
                        ops::sequences_of_all(mask, examples), ops::sequences_of_all(dropout, examples));
    return {ops::unfolded(outputs, examples), ops::unfolded(last_hidden, examples), ops::unfolded(last_cell, examples),
            ops::unfolded(gates, examples), ops::unfolded_steps(cells, examples)};
  }
  std::array<Spec, 5> shape(const Tensor& x, const Tensor&, const Tensor& recurrent_kernel, const Tensor&,
                            const Tensor&, const Tensor&, const Tensor&, const Tensor&) const {
    const auto [batch, time, units] = sizes_of(x, recurrent_kernel);
    return {Spec{{batch, time, units}, x.dtype()},
            {{batch, units}, x.dtype()},
            {{batch, units}, x.dtype()},
            {{batch, time, 4 * units}, x.dtype()},
            {{time, batch, units}, x.dtype()}};
  }
  void compute(const Tensor& x, const Tensor& kernel, const Tensor& given_recurrent_kernel, const Tensor& bias,
               const Tensor& given_hidden, const Tensor& given_cell, const Tensor& mask, const Tensor& given_dropout,
               const Tensor& outputs, const Tensor& last_hidden, const Tensor& last_cell, const Tensor& gates,
               const Tensor& cells) const {
    const NoGrad no_grad;
    const RecurrentSizes sizes = sizes_of(x, given_recurrent_kernel);
    const StepLayout layout(sizes, mask);
    // The inputs of all steps in one product.
    ops::dense_into(layout.rows_of(name, x), kernel, bias, layout.place_for_rows(gates));
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor hidden = layout.sorted(name, given_hidden), cell = layout.sorted(name, given_cell);
    const Tensor dropout = layout.sorted(name, given_dropout);
    const Steps steps{layout, gates, layout.hidden_rows(name, outputs), cells};
    core::switch_floating(x.dtype(),
                          [&]<class T>(T) { run_forward<T>(steps, recurrent_kernel, hidden, cell, dropout); });
    layout.put_outputs(steps.hidden, zero_output_for_mask, outputs);
    layout.put_last(steps.hidden, hidden, last_hidden);
    layout.put_last_of_blocks(cells, cell, last_cell);
    layout.clear_rest(gates);
    layout.clear_rest(cells);
  }
  uint32_t keeps(uint32_t) const { return 255 | 1 << 8 | 1 << 11 | 1 << 12; }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    LstmVjp op;
    op.zero_output_for_mask = zero_output_for_mask;
    for (std::size_t i = 0; i < 6; ++i) op.needed[i] = gradients.needed(i);
    auto results = autograd::apply(op, g[0], g[1], g[2], primals.input(0), primals.input(1), primals.input(2),
                                   primals.input(3), primals.input(4), primals.input(5), primals.input(6),
                                   primals.input(7), primals.output(0), primals.output(3), primals.output(4));
    for (std::size_t i = 0; i < 6; ++i) {
      if (op.needed[i]) gradients.set(i, std::move(results[i]));
    }
  }
  std::array<Tensor, 5> jvp(const Primals& primals, const Tensor& dx, const Tensor& dkernel,
                            const Tensor& drecurrent_kernel, const Tensor& dbias, const Tensor& dhidden,
                            const Tensor& dcell, const Tensor&, const Tensor&) const {
    if (!ops::any_defined({&dx, &dkernel, &drecurrent_kernel, &dbias, &dhidden, &dcell})) return {};
    auto [outputs, last_hidden, last_cell] = autograd::apply(
        LstmJvp{zero_output_for_mask}, dx, dkernel, drecurrent_kernel, dbias, dhidden, dcell, primals.input(0),
        primals.input(1), primals.input(2), primals.input(3), primals.input(4), primals.input(5), primals.input(6),
        primals.input(7), primals.output(0), primals.output(3), primals.output(4));
    return {std::move(outputs), std::move(last_hidden), std::move(last_cell)};
  }
  std::array<Tensor, 5> decompose(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                                  const Tensor& bias, const Tensor& hidden, const Tensor& cell, const Tensor& mask,
                                  const Tensor& dropout) const {
    const std::vector<Tensor> results =
        composite_lstm({x, kernel, recurrent_kernel, bias, hidden, cell}, {mask, dropout, zero_output_for_mask},
                       sizes_of(x, recurrent_kernel), {});
    return {results[0], results[1], results[2]};
  }
};

}  // namespace

LstmResult lstm(const Tensor& given, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                const Tensor& initial_hidden, const Tensor& initial_cell, const LstmOptions& options) {
  const RecurrentSizes sizes =
      ops::checked_sizes("lstm", {given, kernel, recurrent_kernel, bias, initial_hidden, initial_cell}, 4, {},
                         {"initial_hidden", "initial_cell"});
  const RecurrentMasks masks = ops::checked_masks("lstm", options, sizes, given.dtype());
  const Tensor x = ops::in_order(given, options.go_backwards);
  const auto [batch, time, units] = sizes;
  if (time == 0) {
    return {zeros({batch, 0, units}, x.dtype()), ops::state_or_zeros(initial_hidden, sizes, x),
            ops::state_or_zeros(initial_cell, sizes, x)};
  }
  if (options.activation || options.recurrent_activation) {
    const std::vector<Tensor> results =
        composite_lstm({x, kernel, recurrent_kernel, bias, initial_hidden, initial_cell}, masks, sizes, options);
    return {results[0], results[1], results[2]};
  }
  const auto results =
      autograd::apply(Lstm{masks.zero_output_for_mask}, ops::contiguous("lstm", x), kernel, recurrent_kernel, bias,
                      initial_hidden, initial_cell, masks.steps, masks.dropout);
  return {results[0], results[1], results[2]};
}

void ops::describe_lstm(autograd::Registry& to) {
  to.add<Lstm, 8>();
  to.add<LstmVjp, 14>();
  to.add<LstmJvp, 17>();
}

}  // namespace xtape
