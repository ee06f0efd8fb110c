#pragma once

#include <cstdint>

// One step of a gated recurrent unit in one pass over its gates, for float and double. Matrices are [rows, units],
// contiguous where no step between their rows is given.
namespace xtape::kernels {

// gates [rows, 3 * units] holds what the inputs give to the gates z, r and to the candidate c, and receives their
// activations. recurrent [rows, 3 * units], null for zeros, is what the previous hidden state gives to them before
// recurrent_bias [3 * units], null for zeros; its third part with that bias is left in `candidate`, and counts as
// much as r lets through. hidden = z * previous + (1 - z) * c. A null previous stands for zeros.
template <class T>
void gru_gates(int64_t rows, int64_t units, T* gates, int64_t gates_step, const T* recurrent, const T* recurrent_bias,
               T* candidate, const T* previous, int64_t previous_step, T* hidden, int64_t hidden_step);

// From what gru_gates left and the gradient of hidden, which is the sum of output_gradient (null for zeros) and
// hidden_gradient: gates_gradient [rows, 4 * units] receives the gradients of `candidate` and of the sums z, r, c;
// hidden_gradient that of previous, without what it gave to the gates.
template <class T>
void gru_gates_vjp(int64_t rows, int64_t units, const T* gates, int64_t gates_step, const T* candidate,
                   const T* previous, int64_t previous_step, const T* output_gradient, int64_t output_step,
                   T* hidden_gradient, T* gates_gradient, int64_t gradient_step);

}  // namespace xtape::kernels
