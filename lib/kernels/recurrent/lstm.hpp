#pragma once

#include <cstdint>

// One step of a long short-term memory in one pass over its gates, for float and double. Matrices are
// [rows, units], contiguous where no step between their rows is given.
namespace xtape::kernels {

// gates [rows, 4 * units] holds the sums of the gates i, f, c, o and receives their activations.
// cell = f * previous_cell + i * c; hidden = o * tanh(cell). A null previous_cell stands for zeros.
template <class T>
void lstm_gates(int64_t rows, int64_t units, T* gates, int64_t gates_step, const T* previous_cell, T* cell, T* hidden,
                int64_t hidden_step);

// From the gates and the cell that lstm_gates left, the gradient of cell and that of hidden, which is the sum of
// output_gradient (null for zeros) and hidden_gradient: the gradient of the sums of the gates, and, in the place of the
// cell's gradient, that of previous_cell. gates_gradient may be gates.
template <class T>
void lstm_gates_vjp(int64_t rows, int64_t units, const T* gates, int64_t gates_step, const T* previous_cell,
                    const T* cell, const T* output_gradient, int64_t output_step, const T* hidden_gradient,
                    T* cell_gradient, T* gates_gradient, int64_t gradient_step);

}  // namespace xtape::kernels
