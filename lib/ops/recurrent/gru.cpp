#include "kernels/recurrent/gru.hpp"

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

// The bias of the inputs (0) or of the hidden states (1) of a bias [2, 3 units].
Tensor bias_of(const Tensor& bias, int64_t index) { return bias.defined() ? bias.select(0, index) : bias; }

// The outputs and the last state in public operations; inputs as those of gru.
std::vector<Tensor> composite_gru(const std::vector<Tensor>& inputs, const RecurrentMasks& masks,
                                  const RecurrentSizes& sizes, const GruOptions& options) {
  const auto activation = ops::or_default("gru", options.activation, tanh);
  const auto gate = ops::or_default("gru", options.recurrent_activation, sigmoid);
  const Tensor &recurrent_kernel = inputs[2], &bias = inputs[3];
  const bool after = options.reset_after;
  const std::vector<Tensor> kernels = split(recurrent_kernel, {2 * sizes.units, sizes.units}, 1);
  const Tensor x = ops::where_counted(inputs[0], masks.steps);
  return ops::run_steps(
      dense(x, inputs[1], after ? bias_of(bias, 0) : bias), {ops::state_or_zeros(inputs[4], sizes, x)}, masks,
      [&](const Tensor& projected, const std::vector<Tensor>& states) -> std::vector<Tensor> {
        const Tensor hidden = ops::dropped(states[0], masks);
        const std::vector<Tensor> from_x = split(projected, 3, 1);
        const std::vector<Tensor> from_hidden = after ? split(dense(hidden, recurrent_kernel, bias_of(bias, 1)), 3, 1)
                                                      : split(matmul(hidden, kernels[0]), 2, 1);
        const Tensor z = gate(from_x[0] + from_hidden[0]), r = gate(from_x[1] + from_hidden[1]);
        const Tensor reset = after ? r * from_hidden[2] : matmul(r * hidden, kernels[1]);
        return {z * states[0] + (1 - z) * activation(from_x[2] + reset)};
      });
}

// What the forward pass leaves: activated gates z, r, c and hidden states, in the places that `layout` gives them, and
// what the reset gate multiplied, step after step.
struct Steps {
  const StepLayout& layout;
  Tensor gates, hidden, candidates;
};

// `steps.gates` holds the projected inputs and is overwritten.
template <class T>
void run_forward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& recurrent_bias,
                 const Tensor& initial_hidden, const Tensor& dropout) {
  const StepLayout& layout = steps.layout;
  const int64_t batch = layout.sizes().batch, units = layout.sizes().units;
  const Tensor product = core::make_tensor({batch, 3 * units}, steps.gates.dtype(), "gru");
  const Tensor scratch = dropout.defined() ? core::make_like(dropout, "gru") : Tensor();
  const T* const bias = recurrent_bias.defined() ? core::elements<const T>(recurrent_bias) : nullptr;
  for (int64_t t = 0; t < layout.steps(); ++t) {
    const Matrix<const T> previous = layout.before<T>(t, steps.hidden, initial_hidden);
    const Matrix<T> recurrent = previous.data ? layout.state<T>(product, t) : Matrix<T>{};
    if (recurrent.data) {
      kernels::gemm<T>(T(1), ops::dropped<T>(previous, dropout, scratch), ops::matrix_of<const T>(recurrent_kernel),
                       T(0), recurrent);
    }
    kernels::gru_gates<T>({.gates = layout.step<T>(steps.gates, t),
                           .recurrent = recurrent.data,
                           .recurrent_bias = bias,
                           .candidate = layout.block<T>(steps.candidates, t).data,
                           .previous = previous,
                           .hidden = layout.step<T>(steps.hidden, t)});
  }
}

// Fills gates_gradient, rows of 4 units like steps.gates, with the gradients of what the hidden state gives to c and of
// the sums z, r, c; recurrent_kernel has its columns in the order c, z, r. hidden_gradient [batch, units], that of the
// last state, becomes that of the initial one.
template <class T>
void run_backward(const Steps& steps, const Tensor& recurrent_kernel, const Tensor& initial_hidden,
                  const Tensor& dropout, const Tensor& output_gradient, const Tensor& gates_gradient,
                  const Tensor& hidden_gradient) {
  const StepLayout& layout = steps.layout;
  const Tensor scratch = dropout.defined() ? core::make_like(dropout, "gru") : Tensor();
  for (int64_t t = layout.steps(); t-- > 0;) {
    const Matrix<T> gradient = layout.step<T>(gates_gradient, t), hidden = layout.state<T>(hidden_gradient, t);
    kernels::gru_gates_vjp<T>({.gates = layout.step<const T>(steps.gates, t),
                               .candidate = layout.block<const T>(steps.candidates, t).data,
                               .previous = layout.before<T>(t, steps.hidden, initial_hidden),
                               .output_gradient = layout.step<const T>(output_gradient, t),
                               .hidden_gradient = hidden.data,
                               .gates_gradient = gradient});
    const Matrix<const T> from_hidden = gradient.block(0, 0, gradient.rows, 3 * hidden.columns);
    const Matrix<const T> kernel = ops::matrix_of<const T>(recurrent_kernel).transpose();
    if (dropout.defined()) {
      const Matrix<T> product = layout.state<T>(scratch, t);
      kernels::gemm<T>(T(1), from_hidden, kernel, T(0), product);
      kernels::add_product_of_rows<T>(product, core::elements<const T>(dropout), hidden);
    } else {
      kernels::gemm<T>(T(1), from_hidden, kernel, T(1), hidden);
    }
  }
}

// Fills tangents.hidden from that of the initial state. `tangents.gates` holds those of what the inputs give to the
// gates, and `recurrent_tangent`, rows of 3 units, those of what the hidden states give but for what their tangents do;
// the latter is overwritten.
template <class T>
void run_tangents(const Steps& values, const Steps& tangents, const Tensor& recurrent_tangent,
                  const Tensor& recurrent_kernel, const Tensor& initial_hidden, const Tensor& dropout,
                  const Tensor& initial_hidden_tangent) {
  const StepLayout& layout = tangents.layout;
  const Tensor scratch = dropout.defined() ? core::make_like(dropout, "gru") : Tensor();
  for (int64_t t = 0; t < layout.steps(); ++t) {
    const Matrix<const T> previous_tangent = layout.before<T>(t, tangents.hidden, initial_hidden_tangent);
    const Matrix<T> recurrent = layout.step<T>(recurrent_tangent, t);
    if (previous_tangent.data) {
      kernels::gemm<T>(T(1), ops::dropped<T>(previous_tangent, dropout, scratch),
                       ops::matrix_of<const T>(recurrent_kernel), T(1), recurrent);
    }
    kernels::gru_gates_jvp<T>({.gates = layout.step<const T>(values.gates, t),
                               .candidate = layout.block<const T>(values.candidates, t).data,
                               .previous = layout.before<T>(t, values.hidden, initial_hidden),
                               .gates_tangent = layout.step<const T>(tangents.gates, t),
                               .recurrent_tangent = recurrent,
                               .previous_tangent = previous_tangent,
                               .hidden_tangent = layout.step<T>(tangents.hidden, t)});
  }
}

// The last axis begins with its last `count` elements.
Tensor rotated(const Tensor& x, int64_t count) {
  const int64_t rest = x.shape().back() - count;
  const std::vector<Tensor> parts = split(x, {rest, count}, -1);
  return concatenate({parts[1], parts[0]}, -1);
}

RecurrentSizes sizes_of(const Tensor& x, const Tensor& recurrent_kernel) {
  return {x.shape()[0], x.shape()[1], recurrent_kernel.shape()[0]};
}

// The gradients of the first five inputs of Gru that are needed, from those of the outputs and the last state, of which
// one may be undefined, and what the forward pass left.
struct GruVjp {
  static constexpr const char* name = "gru_vjp";
  static constexpr std::size_t outputs = 5;
  std::array<bool, 5> needed;
  bool zero_output_for_mask;

  void attributes(autograd::Attributes& to) const {
    to("needed", needed);
    to("zero_output_for_mask", zero_output_for_mask);
  }
  std::array<Spec, 5> shape(const Tensor&, const Tensor&, const Tensor& x, const Tensor& kernel,
                            const Tensor& recurrent_kernel, const Tensor& bias, const Tensor& initial_hidden,
                            const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&) const {
    return ops::gradient_specs<5>(needed, {&x, &kernel, &recurrent_kernel, &bias, &initial_hidden});
  }
  void compute(const Tensor& outputs_gradient, const Tensor& last_hidden_gradient, const Tensor& x,
               const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor&, const Tensor& given_hidden,
               const Tensor& mask, const Tensor& given_dropout, const Tensor& outputs, const Tensor& gates,
               const Tensor& candidates, const Tensor& dx, const Tensor& dkernel, const Tensor& drecurrent_kernel,
               const Tensor& dbias, const Tensor& dinitial_hidden) const {
    const NoGrad no_grad;
    const RecurrentSizes sizes = sizes_of(x, recurrent_kernel);
    const int64_t units = sizes.units;
    const StepLayout layout(sizes, mask);
    const Tensor rotated_kernel = rotated(recurrent_kernel, units);
    const Tensor initial_hidden = layout.sorted(name, given_hidden), dropout = layout.sorted(name, given_dropout);
    const Tensor output_gradient = layout.rows_of_gradient(name, outputs_gradient, zero_output_for_mask);
    const Tensor hidden_gradient = layout.gradient_of_last(name, last_hidden_gradient, x.dtype());
    const Steps steps{layout, gates, layout.rows_of(name, outputs), candidates};
    const Tensor gates_gradient = core::make_tensor({layout.row_count(), 4 * units}, x.dtype(), name);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      run_backward<T>(steps, rotated_kernel, initial_hidden, dropout, output_gradient, gates_gradient, hidden_gradient);
    });

    const Tensor from_hidden = gates_gradient.slice(1, {0, 3 * units}),
                 from_x = gates_gradient.slice(1, {units, 4 * units});
    if (needed[0]) layout.put_product(from_x, transpose(kernel), dx);
    if (needed[1]) ops::matmul_into(transpose(layout.rows_of(name, x)), from_x, dkernel);
    if (needed[2]) {
      const Tensor previous = layout.previous(name, steps.hidden, initial_hidden, dropout);
      drecurrent_kernel.assign(rotated(matmul(transpose(previous), from_hidden), 2 * units));
    }
    if (needed[3]) {
      const Tensor sums = sum(gates_gradient, 0);
      dbias.select(0, 0).assign(sums.slice(0, {units, 4 * units}));
      dbias.select(0, 1).assign(rotated(sums.slice(0, {0, 3 * units}), 2 * units));
    }
    if (needed[4]) layout.put_sorted(hidden_gradient, dinitial_hidden);
  }
  std::array<Tensor, 5> decompose(const Tensor& outputs_gradient, const Tensor& last_hidden_gradient, const Tensor& x,
                                  const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                                  const Tensor& initial_hidden, const Tensor& mask, const Tensor& dropout,
                                  const Tensor&, const Tensor&, const Tensor&) const {
    const std::array<Tensor, 2> gradients{outputs_gradient, last_hidden_gradient};
    const RecurrentSizes sizes = sizes_of(x, recurrent_kernel);
    const RecurrentMasks masks{mask, dropout, zero_output_for_mask};
    std::vector<Tensor> results = autograd::composite_gradients(
        [&](const std::vector<Tensor>& inputs) { return composite_gru(inputs, masks, sizes, {}); },
        {x, kernel, recurrent_kernel, bias, initial_hidden}, gradients, needed);
    std::array<Tensor, 5> moved;
    std::move(results.begin(), results.end(), moved.begin());
    return moved;
  }
};

// The tangents of the outputs and the last state, from those of the first five inputs of Gru, of which some may be
// undefined, and what the forward pass left.
struct GruJvp {
  static constexpr const char* name = "gru_jvp";
  static constexpr std::size_t outputs = 2;
  bool zero_output_for_mask;

  void attributes(autograd::Attributes& to) const { to("zero_output_for_mask", zero_output_for_mask); }
  std::array<Spec, 2> shape(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor& x,
                            const Tensor&, const Tensor& recurrent_kernel, const Tensor&, const Tensor&, const Tensor&,
                            const Tensor&, const Tensor&, const Tensor&, const Tensor&) const {
    const auto [batch, time, units] = sizes_of(x, recurrent_kernel);
    return {Spec{{batch, time, units}, x.dtype()}, {{batch, units}, x.dtype()}};
  }
  void compute(const Tensor& dx, const Tensor& dkernel, const Tensor& drecurrent_kernel, const Tensor& dbias,
               const Tensor& dhidden, const Tensor& x, const Tensor& kernel, const Tensor& given_recurrent_kernel,
               const Tensor&, const Tensor& given_hidden, const Tensor& mask, const Tensor& given_dropout,
               const Tensor& outputs, const Tensor& gates, const Tensor& candidates, const Tensor& outputs_tangent,
               const Tensor& last_hidden_tangent) const {
    const NoGrad no_grad;
    const RecurrentSizes sizes = sizes_of(x, given_recurrent_kernel);
    const StepLayout layout(sizes, mask);
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor hidden = layout.sorted(name, given_hidden), dropout = layout.sorted(name, given_dropout);
    const Tensor hidden_tangent = layout.sorted(name, dhidden);
    const Steps values{layout, gates, layout.rows_of(name, outputs), candidates};
    const Shape sums{layout.row_count(), 3 * sizes.units};
    const Steps tangents{layout, core::make_tensor(sums, x.dtype(), name), layout.hidden_rows(name, outputs_tangent),
                         Tensor()};
    // What is known before the first step, in one product each.
    ops::put_products(
        {{layout.rows_of(name, dx), kernel}, {dkernel.defined() ? layout.rows_of(name, x) : Tensor(), dkernel}},
        bias_of(dbias, 0), tangents.gates);
    const Tensor recurrent_tangent = core::make_tensor(sums, x.dtype(), name);
    const Tensor previous =
        drecurrent_kernel.defined() ? layout.previous(name, values.hidden, hidden, dropout) : Tensor();
    ops::put_products({{previous, drecurrent_kernel}}, bias_of(dbias, 1), recurrent_tangent);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      run_tangents<T>(values, tangents, recurrent_tangent, recurrent_kernel, hidden, dropout, hidden_tangent);
    });
    layout.put_outputs(tangents.hidden, zero_output_for_mask, outputs_tangent);
    layout.put_last(tangents.hidden, hidden_tangent, last_hidden_tangent);
  }
  std::array<Tensor, 2> decompose(const Tensor& dx, const Tensor& dkernel, const Tensor& drecurrent_kernel,
                                  const Tensor& dbias, const Tensor& dhidden, const Tensor& x, const Tensor& kernel,
                                  const Tensor& recurrent_kernel, const Tensor& bias, const Tensor& hidden,
                                  const Tensor& mask, const Tensor& dropout, const Tensor&, const Tensor&,
                                  const Tensor&) const {
    const RecurrentSizes sizes = sizes_of(x, recurrent_kernel);
    const RecurrentMasks masks{mask, dropout, zero_output_for_mask};
    const std::vector<Tensor> results = autograd::composite_tangents(
        [&](const std::vector<Tensor>& inputs) { return composite_gru(inputs, masks, sizes, {}); },
        {x, kernel, recurrent_kernel, bias, hidden}, std::array{dx, dkernel, drecurrent_kernel, dbias, dhidden});
    return {results[0], results[1]};
  }
};

// The outputs and the last state, with the reset gate after the product; and for derivatives the activated gates,
// [batch, time, 3 units], and what the reset gate multiplied, [time, batch, units], both in the order of StepLayout.
struct Gru {
  static constexpr const char* name = "gru";
  static constexpr std::size_t outputs = 4;
  bool zero_output_for_mask;

  void attributes(autograd::Attributes& to) const { to("zero_output_for_mask", zero_output_for_mask); }
  // Sequences of all examples are sequences, as long as the weights are the same.
  std::array<Tensor, 4> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& kernel,
                              const ops::Mapped& recurrent_kernel, const ops::Mapped& bias, const ops::Mapped& hidden,
                              const ops::Mapped& mask, const ops::Mapped& dropout) const {
    if (kernel.mapped || recurrent_kernel.mapped || bias.mapped) {
      return autograd::apply_in_loop(*this, examples, x, kernel, recurrent_kernel, bias, hidden, mask, dropout);
    }
    const auto [outputs, last_hidden, gates, candidates] =
        autograd::apply(*this, ops::sequences_of_all(x, examples), kernel.value, recurrent_kernel.value, bias.value,
                        ops::sequences_of_all(hidden, examples), ops::sequences_of_all(mask, examples),
                        ops::sequences_of_all(dropout, examples));
    return {ops::unfolded(outputs, examples), ops::unfolded(last_hidden, examples), ops::unfolded(gates, examples),
            ops::unfolded_steps(candidates, examples)};
  }
  std::array<Spec, 4> shape(const Tensor& x, const Tensor&, const Tensor& recurrent_kernel, const Tensor&,
                            const Tensor&, const Tensor&, const Tensor&) const {
    const auto [batch, time, units] = sizes_of(x, recurrent_kernel);
    return {Spec{{batch, time, units}, x.dtype()},
            {{batch, units}, x.dtype()},
            {{batch, time, 3 * units}, x.dtype()},
            {{time, batch, units}, x.dtype()}};
  }
  void compute(const Tensor& x, const Tensor& kernel, const Tensor& given_recurrent_kernel, const Tensor& bias,
               const Tensor& given_hidden, const Tensor& mask, const Tensor& given_dropout, const Tensor& outputs,
               const Tensor& last_hidden, const Tensor& gates, const Tensor& candidates) const {
    const NoGrad no_grad;
    const StepLayout layout(sizes_of(x, given_recurrent_kernel), mask);
    // The inputs of all steps in one product.
    ops::dense_into(layout.rows_of(name, x), kernel, bias_of(bias, 0), layout.place_for_rows(gates));
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor hidden = layout.sorted(name, given_hidden), dropout = layout.sorted(name, given_dropout);
    const Tensor recurrent_bias = ops::dense(name, bias_of(bias, 1));
    const Steps steps{layout, gates, layout.hidden_rows(name, outputs), candidates};
    core::switch_floating(
        x.dtype(), [&]<class T>(T) { run_forward<T>(steps, recurrent_kernel, recurrent_bias, hidden, dropout); });
    layout.put_outputs(steps.hidden, zero_output_for_mask, outputs);
    layout.put_last(steps.hidden, hidden, last_hidden);
    layout.clear_rest(gates);
    layout.clear_rest(candidates);
  }
  uint32_t keeps(uint32_t) const { return 127 | 1 << 7 | 1 << 9 | 1 << 10; }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    if (!g[0].defined() && !g[1].defined()) return;
    GruVjp op;
    op.zero_output_for_mask = zero_output_for_mask;
    for (std::size_t i = 0; i < 5; ++i) op.needed[i] = gradients.needed(i);
    auto results = autograd::apply(op, g[0], g[1], primals.input(0), primals.input(1), primals.input(2),
                                   primals.input(3), primals.input(4), primals.input(5), primals.input(6),
                                   primals.output(0), primals.output(2), primals.output(3));
    for (std::size_t i = 0; i < 5; ++i) {
      if (op.needed[i]) gradients.set(i, std::move(results[i]));
    }
  }
  std::array<Tensor, 4> jvp(const Primals& primals, const Tensor& dx, const Tensor& dkernel,
                            const Tensor& drecurrent_kernel, const Tensor& dbias, const Tensor& dhidden, const Tensor&,
                            const Tensor&) const {
    if (!ops::any_defined({&dx, &dkernel, &drecurrent_kernel, &dbias, &dhidden})) return {};
    auto [outputs, last_hidden] =
        autograd::apply(GruJvp{zero_output_for_mask}, dx, dkernel, drecurrent_kernel, dbias, dhidden, primals.input(0),
                        primals.input(1), primals.input(2), primals.input(3), primals.input(4), primals.input(5),
                        primals.input(6), primals.output(0), primals.output(2), primals.output(3));
    return {std::move(outputs), std::move(last_hidden)};
  }
  std::array<Tensor, 4> decompose(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                                  const Tensor& bias, const Tensor& hidden, const Tensor& mask,
                                  const Tensor& dropout) const {
    const std::vector<Tensor> results =
        composite_gru({x, kernel, recurrent_kernel, bias, hidden}, {mask, dropout, zero_output_for_mask},
                      sizes_of(x, recurrent_kernel), {});
    return {results[0], results[1]};
  }
};

}  // namespace

GruResult gru(const Tensor& given, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
              const Tensor& initial_hidden, const GruOptions& options) {
  const std::vector<Tensor> inputs{given, kernel, recurrent_kernel, bias, initial_hidden};
  const Shape bias_shape = options.reset_after ? Shape{2} : Shape{};
  const RecurrentSizes sizes = ops::checked_sizes("gru", inputs, 3, bias_shape, {"initial_hidden"});
  const RecurrentMasks masks = ops::checked_masks("gru", options, sizes, given.dtype());
  const Tensor x = ops::in_order(given, options.go_backwards);
  const auto [batch, time, units] = sizes;
  if (time == 0) return {zeros({batch, 0, units}, x.dtype()), ops::state_or_zeros(initial_hidden, sizes, x)};
  if (options.activation || options.recurrent_activation || !options.reset_after) {
    const std::vector<Tensor> results =
        composite_gru({x, kernel, recurrent_kernel, bias, initial_hidden}, masks, sizes, options);
    return {results[0], results[1]};
  }
  const auto results = autograd::apply(Gru{masks.zero_output_for_mask}, ops::contiguous("gru", x), kernel,
                                       recurrent_kernel, bias, initial_hidden, masks.steps, masks.dropout);
  return {results[0], results[1]};
}

void ops::describe_gru(autograd::Registry& to) {
  to.add<Gru, 7>();
  to.add<GruVjp, 12>();
  to.add<GruJvp, 15>();
}

}  // namespace xtape
