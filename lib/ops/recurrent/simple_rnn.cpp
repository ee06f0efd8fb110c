#include "kernels/recurrent/simple_rnn.hpp"

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

// The outputs and the last state in public operations; inputs as those of simple_rnn.
std::vector<Tensor> composite_simple_rnn(const std::vector<Tensor>& inputs, const RecurrentMasks& masks,
                                         const RecurrentSizes& sizes, const SimpleRnnOptions& options) {
  const auto activation = ops::or_default("simple_rnn", options.activation, tanh);
  const Tensor x = ops::where_counted(inputs[0], masks.steps);
  return ops::run_steps(dense(x, inputs[1], inputs[3]), {ops::state_or_zeros(inputs[4], sizes, x)}, masks,
                        [&](const Tensor& projected, const std::vector<Tensor>& states) -> std::vector<Tensor> {
                          return {activation(projected + matmul(ops::dropped(states[0], masks), inputs[2]))};
                        });
}

RecurrentSizes sizes_of(const Tensor& x, const Tensor& recurrent_kernel) {
  return {x.shape()[0], x.shape()[1], recurrent_kernel.shape()[0]};
}

// `hidden` holds the projected inputs, in the places that `layout` gives them, and is overwritten by hidden states.
template <class T>
void run_forward(const StepLayout& layout, const Tensor& hidden, const Tensor& recurrent_kernel,
                 const Tensor& initial_hidden, const Tensor& dropout) {
  const Tensor scratch = dropout.defined() ? core::make_like(dropout, "simple_rnn") : Tensor();
  for (int64_t t = 0; t < layout.steps(); ++t) {
    const Matrix<T> sums = layout.step<T>(hidden, t);
    const Matrix<const T> previous = ops::dropped<T>(layout.before<T>(t, hidden, initial_hidden), dropout, scratch);
    if (previous.data) kernels::gemm<T>(T(1), previous, ops::matrix_of<const T>(recurrent_kernel), T(1), sums);
    kernels::simple_rnn_step<T>(sums);
  }
}

// Fills sums_gradient, like hidden; hidden_gradient [batch, units], that of the last state, becomes that of the initial
// one.
template <class T>
void run_backward(const StepLayout& layout, const Tensor& hidden, const Tensor& recurrent_kernel, const Tensor& dropout,
                  const Tensor& output_gradient, const Tensor& sums_gradient, const Tensor& hidden_gradient) {
  for (int64_t t = layout.steps(); t-- > 0;) {
    const Matrix<T> sums = layout.step<T>(sums_gradient, t), state = layout.state<T>(hidden_gradient, t);
    kernels::simple_rnn_vjp<T>({.hidden = layout.step<const T>(hidden, t),
                                .output_gradient = layout.step<const T>(output_gradient, t),
                                .hidden_gradient = state.data,
                                .sums_gradient = sums});
    kernels::gemm<T>(T(1), sums, ops::matrix_of<const T>(recurrent_kernel).transpose(), T(0), state);
    if (dropout.defined()) kernels::multiply_rows<T>(state, core::elements<const T>(dropout), state);
  }
}

// The gradients of the first five inputs of SimpleRnn that are needed, from those of the outputs and the last state, of
// which one may be undefined, and the outputs.
struct SimpleRnnVjp {
  static constexpr const char* name = "simple_rnn_vjp";
  static constexpr std::size_t outputs = 5;
  std::array<bool, 5> needed;
  bool zero_output_for_mask;

  void attributes(autograd::Attributes& to) const {
    to("needed", needed);
    to("zero_output_for_mask", zero_output_for_mask);
  }
  std::array<Spec, 5> shape(const Tensor&, const Tensor&, const Tensor& x, const Tensor& kernel,
                            const Tensor& recurrent_kernel, const Tensor& bias, const Tensor& initial_hidden,
                            const Tensor&, const Tensor&, const Tensor&) const {
    return ops::gradient_specs<5>(needed, {&x, &kernel, &recurrent_kernel, &bias, &initial_hidden});
  }
  void compute(const Tensor& outputs_gradient, const Tensor& last_hidden_gradient, const Tensor& x,
               const Tensor& kernel, const Tensor& given_recurrent_kernel, const Tensor&, const Tensor& given_hidden,
               const Tensor& mask, const Tensor& given_dropout, const Tensor& outputs, const Tensor& dx,
               const Tensor& dkernel, const Tensor& drecurrent_kernel, const Tensor& dbias,
               const Tensor& dinitial_hidden) const {
    const NoGrad no_grad;
    const RecurrentSizes sizes = sizes_of(x, given_recurrent_kernel);
    const StepLayout layout(sizes, mask);
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor initial_hidden = layout.sorted(name, given_hidden), dropout = layout.sorted(name, given_dropout);
    const Tensor output_gradient = layout.rows_of_gradient(name, outputs_gradient, zero_output_for_mask);
    const Tensor hidden_gradient = layout.gradient_of_last(name, last_hidden_gradient, x.dtype());
    const Tensor hidden = layout.rows_of(name, outputs);
    const Tensor sums_gradient = core::make_tensor({layout.row_count(), sizes.units}, x.dtype(), name);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      run_backward<T>(layout, hidden, recurrent_kernel, dropout, output_gradient, sums_gradient, hidden_gradient);
    });

    if (needed[0]) layout.put_product(sums_gradient, transpose(kernel), dx);
    if (needed[1]) ops::matmul_into(transpose(layout.rows_of(name, x)), sums_gradient, dkernel);
    if (needed[2]) {
      const Tensor previous = layout.previous(name, hidden, initial_hidden, dropout);
      ops::matmul_into(transpose(previous), sums_gradient, drecurrent_kernel);
    }
    if (needed[3]) dbias.assign(sum(sums_gradient, 0));
    if (needed[4]) layout.put_sorted(hidden_gradient, dinitial_hidden);
  }
  std::array<Tensor, 5> decompose(const Tensor& outputs_gradient, const Tensor& last_hidden_gradient, const Tensor& x,
                                  const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                                  const Tensor& initial_hidden, const Tensor& mask, const Tensor& dropout,
                                  const Tensor&) const {
    const std::array<Tensor, 2> gradients{outputs_gradient, last_hidden_gradient};
    const RecurrentSizes sizes = sizes_of(x, recurrent_kernel);
    const RecurrentMasks masks{mask, dropout, zero_output_for_mask};
    std::vector<Tensor> results = autograd::composite_gradients(
        [&](const std::vector<Tensor>& inputs) { return composite_simple_rnn(inputs, masks, sizes, {}); },
        {x, kernel, recurrent_kernel, bias, initial_hidden}, gradients, needed);
    std::array<Tensor, 5> moved;
    std::move(results.begin(), results.end(), moved.begin());
    return moved;
  }
};

// The outputs and the last state.
struct SimpleRnn {
  static constexpr const char* name = "simple_rnn";
  static constexpr std::size_t outputs = 2;
  bool zero_output_for_mask;

  void attributes(autograd::Attributes& to) const { to("zero_output_for_mask", zero_output_for_mask); }
  // Sequences of all examples are sequences, as long as the weights are the same.
  std::array<Tensor, 2> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& kernel,
                              const ops::Mapped& recurrent_kernel, const ops::Mapped& bias, const ops::Mapped& hidden,
                              const ops::Mapped& mask, const ops::Mapped& dropout) const {
    if (kernel.mapped || recurrent_kernel.mapped || bias.mapped) {
      return autograd::apply_in_loop(*this, examples, x, kernel, recurrent_kernel, bias, hidden, mask, dropout);
    }
    const auto [outputs, last_hidden] =
        autograd::apply(*this, ops::sequences_of_all(x, examples), kernel.value, recurrent_kernel.value, bias.value,
                        ops::sequences_of_all(hidden, examples), ops::sequences_of_all(mask, examples),
                        ops::sequences_of_all(dropout, examples));
    return {ops::unfolded(outputs, examples), ops::unfolded(last_hidden, examples)};
  }
  std::array<Spec, 2> shape(const Tensor& x, const Tensor&, const Tensor& recurrent_kernel, const Tensor&,
                            const Tensor&, const Tensor&, const Tensor&) const {
    const auto [batch, time, units] = sizes_of(x, recurrent_kernel);
    return {Spec{{batch, time, units}, x.dtype()}, {{batch, units}, x.dtype()}};
  }
  void compute(const Tensor& x, const Tensor& kernel, const Tensor& given_recurrent_kernel, const Tensor& bias,
               const Tensor& given_hidden, const Tensor& mask, const Tensor& given_dropout, const Tensor& outputs,
               const Tensor& last_hidden) const {
    const NoGrad no_grad;
    const StepLayout layout(sizes_of(x, given_recurrent_kernel), mask);
    const Tensor hidden = layout.hidden_rows(name, outputs);
    // The inputs of all steps in one product.
    ops::dense_into(layout.rows_of(name, x), kernel, bias, hidden.reshape({layout.row_count(), hidden.shape().back()}));
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor initial_hidden = layout.sorted(name, given_hidden), dropout = layout.sorted(name, given_dropout);
    core::switch_floating(
        x.dtype(), [&]<class T>(T) { run_forward<T>(layout, hidden, recurrent_kernel, initial_hidden, dropout); });
    layout.put_outputs(hidden, zero_output_for_mask, outputs);
    layout.put_last(hidden, initial_hidden, last_hidden);
  }
  uint32_t keeps(uint32_t) const { return 127 | 1 << 7; }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    if (!g[0].defined() && !g[1].defined()) return;
    SimpleRnnVjp op;
    op.zero_output_for_mask = zero_output_for_mask;
    for (std::size_t i = 0; i < 5; ++i) op.needed[i] = gradients.needed(i);
    auto results =
        autograd::apply(op, g[0], g[1], primals.input(0), primals.input(1), primals.input(2), primals.input(3),
                        primals.input(4), primals.input(5), primals.input(6), primals.output(0));
    for (std::size_t i = 0; i < 5; ++i) {
      if (op.needed[i]) gradients.set(i, std::move(results[i]));
    }
  }
  std::array<Tensor, 2> decompose(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                                  const Tensor& bias, const Tensor& hidden, const Tensor& mask,
                                  const Tensor& dropout) const {
    const std::vector<Tensor> results =
        composite_simple_rnn({x, kernel, recurrent_kernel, bias, hidden}, {mask, dropout, zero_output_for_mask},
                             sizes_of(x, recurrent_kernel), {});
    return {results[0], results[1]};
  }
};

}  // namespace

SimpleRnnResult simple_rnn(const Tensor& given, const Tensor& kernel, const Tensor& recurrent_kernel,
                           const Tensor& bias, const Tensor& initial_hidden, const SimpleRnnOptions& options) {
  const std::vector<Tensor> inputs{given, kernel, recurrent_kernel, bias, initial_hidden};
  const RecurrentSizes sizes = ops::checked_sizes("simple_rnn", inputs, 1, {}, {"initial_hidden"});
  const RecurrentMasks masks = ops::checked_masks("simple_rnn", options, sizes, given.dtype());
  const Tensor x = ops::in_order(given, options.go_backwards);
  const auto [batch, time, units] = sizes;
  if (time == 0) return {zeros({batch, 0, units}, x.dtype()), ops::state_or_zeros(initial_hidden, sizes, x)};
  if (options.activation) {
    const std::vector<Tensor> results =
        composite_simple_rnn({x, kernel, recurrent_kernel, bias, initial_hidden}, masks, sizes, options);
    return {results[0], results[1]};
  }
  const auto results = autograd::apply(SimpleRnn{masks.zero_output_for_mask}, ops::contiguous("simple_rnn", x), kernel,
                                       recurrent_kernel, bias, initial_hidden, masks.steps, masks.dropout);
  return {results[0], results[1]};
}

void ops::describe_simple_rnn(autograd::Registry& to) {
  to.add<SimpleRnn, 7>();
  to.add<SimpleRnnVjp, 10>();
}

}  // namespace xtape
