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

RecurrentSizes sizes_of(const Tensor& x, const Tensor& recurrent_kernel) {
  return {x.shape()[0], x.shape()[1], recurrent_kernel.shape()[0]};
}

// The gradients of the five inputs that are needed, from that of the outputs and what the forward pass left.
struct GruVjp {
  static constexpr const char* name = "gru_vjp";
  static constexpr std::size_t outputs = 5;
  std::array<bool, 5> needed;

  void attributes(autograd::Attributes& to) const { to("needed", needed); }
  std::array<Spec, 5> shape(const Tensor&, const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                            const Tensor& bias, const Tensor& initial_hidden, const Tensor&, const Tensor&,
                            const Tensor&) const {
    return ops::gradient_specs<5>(needed, {&x, &kernel, &recurrent_kernel, &bias, &initial_hidden});
  }
  void compute(const Tensor& given_gradient, const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
               const Tensor&, const Tensor& given_hidden, const Tensor& outputs, const Tensor& gates,
               const Tensor& candidates, const Tensor& dx, const Tensor& dkernel, const Tensor& drecurrent_kernel,
               const Tensor& dbias, const Tensor& dinitial_hidden) const {
    const NoGrad no_grad;
    const Steps steps{sizes_of(x, recurrent_kernel), gates, outputs, candidates};
    const auto [batch, time, units] = steps.sizes;
    const Tensor rotated_kernel = rotated(recurrent_kernel, units);
    const Tensor initial_hidden = ops::dense(name, given_hidden), output_gradient = ops::dense(name, given_gradient);
    const Tensor hidden_gradient = dinitial_hidden.defined() ? dinitial_hidden : empty({batch, units}, x.dtype());
    hidden_gradient.fill(0);
    const Tensor gates_gradient = core::make_tensor({batch, time, 4 * units}, x.dtype(), name);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      run_backward<T>(steps, rotated_kernel, initial_hidden, output_gradient, gates_gradient, hidden_gradient);
    });

    const Tensor flat = gates_gradient.reshape({batch * time, 4 * units});
    const Tensor flat_x = x.reshape({batch * time, x.shape()[2]});
    const Tensor from_hidden = flat.slice(1, {0, 3 * units}), from_x = flat.slice(1, {units, 4 * units});
    if (needed[0]) ops::matmul_into(from_x, transpose(kernel), dx.reshape(flat_x.shape()));
    if (needed[1]) ops::matmul_into(transpose(flat_x), from_x, dkernel);
    if (needed[2]) {
      const Tensor previous = ops::previous_hidden(outputs, initial_hidden);
      drecurrent_kernel.assign(rotated(matmul(transpose(previous), from_hidden), 2 * units));
    }
    if (needed[3]) {
      const Tensor sums = sum(flat, 0);
      dbias.select(0, 0).assign(sums.slice(0, {units, 4 * units}));
      dbias.select(0, 1).assign(rotated(sums.slice(0, {0, 3 * units}), 2 * units));
    }
  }
  std::array<Tensor, 5> decompose(const Tensor& g, const Tensor& x, const Tensor& kernel,
                                  const Tensor& recurrent_kernel, const Tensor& bias, const Tensor& initial_hidden,
                                  const Tensor&, const Tensor&, const Tensor&) const {
    const RecurrentSizes sizes = sizes_of(x, recurrent_kernel);
    std::vector<Tensor> results = ops::composite_gradients(
        [&](const std::vector<Tensor>& inputs) -> std::vector<Tensor> { return {composite_gru(inputs, sizes, {})}; },
        {x, kernel, recurrent_kernel, bias, initial_hidden}, {&g, 1}, needed);
    std::array<Tensor, 5> moved;
    std::move(results.begin(), results.end(), moved.begin());
    return moved;
  }
};

// The outputs, with the reset gate after the product; and for derivatives the activated gates, [batch, time, 3 units],
// and what the reset gate multiplied, [time, batch, units].
struct Gru {
  static constexpr const char* name = "gru";
  static constexpr std::size_t outputs = 3;

  // Sequences of all examples are sequences, as long as the weights are the same.
  std::array<Tensor, 3> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& kernel,
                              const ops::Mapped& recurrent_kernel, const ops::Mapped& bias,
                              const ops::Mapped& hidden) const {
    if (kernel.mapped || recurrent_kernel.mapped || bias.mapped) {
      return autograd::apply_in_loop(*this, examples, x, kernel, recurrent_kernel, bias, hidden);
    }
    const auto [outputs, gates, candidates] =
        autograd::apply(*this, ops::sequences_of_all(x, examples), kernel.value, recurrent_kernel.value, bias.value,
                        ops::sequences_of_all(hidden, examples));
    return {ops::unfolded(outputs, examples), ops::unfolded(gates, examples),
            ops::unfolded_steps(candidates, examples)};
  }
  std::array<Spec, 3> shape(const Tensor& x, const Tensor&, const Tensor& recurrent_kernel, const Tensor&,
                            const Tensor&) const {
    const auto [batch, time, units] = sizes_of(x, recurrent_kernel);
    return {Spec{{batch, time, units}, x.dtype()},
            {{batch, time, 3 * units}, x.dtype()},
            {{time, batch, units}, x.dtype()}};
  }
  void compute(const Tensor& x, const Tensor& kernel, const Tensor& given_recurrent_kernel, const Tensor& bias,
               const Tensor& given_hidden, const Tensor& outputs, const Tensor& gates, const Tensor& candidates) const {
    const NoGrad no_grad;
    const Steps steps{sizes_of(x, given_recurrent_kernel), gates, outputs, candidates};
    const auto [batch, time, units] = steps.sizes;
    // The inputs of all steps in one product.
    ops::dense_into(x.reshape({batch * time, x.shape()[2]}), kernel, bias_of(bias, 0),
                    gates.reshape({batch * time, 3 * units}));
    const Tensor recurrent_kernel = ops::dense(name, given_recurrent_kernel);
    const Tensor hidden = ops::dense(name, given_hidden), recurrent_bias = ops::dense(name, bias_of(bias, 1));
    core::switch_floating(x.dtype(),
                          [&]<class T>(T) { run_forward<T>(steps, recurrent_kernel, recurrent_bias, hidden); });
  }
  uint32_t keeps(uint32_t) const { return 31 | 7 << 5; }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    if (!g[0].defined()) return;
    GruVjp op;
    for (std::size_t i = 0; i < 5; ++i) op.needed[i] = gradients.needed(i);
    auto results = autograd::apply(op, g[0], primals.input(0), primals.input(1), primals.input(2), primals.input(3),
                                   primals.input(4), primals.output(0), primals.output(1), primals.output(2));
    for (std::size_t i = 0; i < 5; ++i) {
      if (op.needed[i]) gradients.set(i, std::move(results[i]));
    }
  }
  std::array<Tensor, 3> decompose(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                                  const Tensor& bias, const Tensor& hidden) const {
    return {composite_gru({x, kernel, recurrent_kernel, bias, hidden}, sizes_of(x, recurrent_kernel), {})};
  }
};

}  // namespace

GruResult gru(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
              const Tensor& initial_hidden, const GruOptions& options) {
  const std::vector<Tensor> inputs{x, kernel, recurrent_kernel, bias, initial_hidden};
  const Shape bias_shape = options.reset_after ? Shape{2} : Shape{};
  const RecurrentSizes sizes = ops::checked_sizes("gru", inputs, 3, bias_shape, {"initial_hidden"});
  const auto [batch, time, units] = sizes;
  if (time == 0) return {zeros({batch, 0, units}, x.dtype()), ops::state_or_zeros(initial_hidden, sizes, x)};
  const bool fused = !options.activation && !options.recurrent_activation && options.reset_after;
  const Tensor outputs =
      fused ? autograd::apply(Gru{}, ops::contiguous("gru", x), kernel, recurrent_kernel, bias, initial_hidden)[0]
            : composite_gru(inputs, sizes, options);
  return {outputs, outputs.select(1, time - 1)};
}

void ops::describe_gru(autograd::Registry& to) {
  to.add<Gru, 5>();
  to.add<GruVjp, 9>();
}

}  // namespace xtape
