#pragma once

#include "kernels/linalg/matrix.hpp"

// One step of a long short-term memory in one pass over its gates, for float and double.
//
// On entry: matrices given by a pointer are [rows, units] and contiguous; those that are read may be null where that is
// said, and what is written does not overlap anything else, but for what is said. Rows do not depend on one another:
// threads take ranges of them, and no workspace is needed.
namespace xtape::kernels {

template <class T>
struct LstmGates {
  Matrix<T> gates;         // [rows, 4 * units], the sums of the gates i, f, c, o; receives their activations
  const T* previous_cell;  // null for zeros
  T* cell;                 // receives f * previous_cell + i * c
  Matrix<T> hidden;        // [rows, units]; receives o * tanh(cell)
};

template <class T>
void lstm_gates(const LstmGates<T>& step);

// The gradient of hidden is the sum of output_gradient and hidden_gradient.
template <class T>
struct LstmGatesVjp {
  Matrix<const T> gates;            // as lstm_gates left them
  const T* previous_cell;           // null for zeros
  const T* cell;                    // as lstm_gates left it
  Matrix<const T> output_gradient;  // [rows, units]; null for zeros
  const T* hidden_gradient;
  T* cell_gradient;          // that of cell; receives that of previous_cell
  Matrix<T> gates_gradient;  // [rows, 4 * units]; receives that of the sums of the gates; may be `gates`
};

template <class T>
void lstm_gates_vjp(const LstmGatesVjp<T>& step);

// What tangents of the sums of the gates and of the previous cell give.
template <class T>
struct LstmGatesJvp {
  Matrix<const T> gates;           // as lstm_gates left them
  const T* previous_cell;          // null for zeros
  const T* cell;                   // as lstm_gates left it
  Matrix<const T> gates_tangent;   // [rows, 4 * units], of the sums of the gates
  const T* previous_cell_tangent;  // null for zeros
  T* cell_tangent;                 // receives that of cell
  Matrix<T> hidden_tangent;        // [rows, units]; receives that of hidden
};

template <class T>
void lstm_gates_jvp(const LstmGatesJvp<T>& step);

}  // namespace xtape::kernels
