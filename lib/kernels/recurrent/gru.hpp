#pragma once

#include "kernels/linalg/matrix.hpp"

// One step of a gated recurrent unit in one pass over its gates, for float and double.
//
// On entry: matrices given by a pointer are contiguous; those that are read may be null where that is said, and what is
// written does not overlap anything else. Rows do not depend on one another: threads take ranges of them, and no
// workspace is needed.
namespace xtape::kernels {

template <class T>
struct GruGates {
  Matrix<T> gates;           // [rows, 3 * units], what the inputs give to z, r and c; receives their activations
  const T* recurrent;        // [rows, 3 * units], what the previous hidden state gives to them; null for zeros
  const T* recurrent_bias;   // [3 * units], added to that; null for zeros
  T* candidate;              // [rows, units]; receives the third part of both, of which c gets what r lets through
  Matrix<const T> previous;  // [rows, units], the previous hidden state; null for zeros
  Matrix<T> hidden;          // [rows, units]; receives z * previous + (1 - z) * c
};

template <class T>
void gru_gates(const GruGates<T>& step);

// The gradient of hidden is the sum of output_gradient and hidden_gradient.
template <class T>
struct GruGatesVjp {
  Matrix<const T> gates;            // as gru_gates left them
  const T* candidate;               // as gru_gates left it
  Matrix<const T> previous;         // null for zeros
  Matrix<const T> output_gradient;  // [rows, units]; null for zeros
  T* hidden_gradient;               // [rows, units]; receives that of previous, without what it gave to the gates
  Matrix<T> gates_gradient;         // [rows, 4 * units]; receives those of `candidate` and of the sums z, r, c
};

template <class T>
void gru_gates_vjp(const GruGatesVjp<T>& step);

// What tangents of the sums of the gates and of the previous hidden state give.
template <class T>
struct GruGatesJvp {
  Matrix<const T> gates;              // as gru_gates left them
  const T* candidate;                 // as gru_gates left it
  Matrix<const T> previous;           // null for zeros
  Matrix<const T> gates_tangent;      // [rows, 3 * units], of what the inputs give to z, r and c
  Matrix<const T> recurrent_tangent;  // [rows, 3 * units], of what the previous hidden state gives to them
  Matrix<const T> previous_tangent;   // null for zeros
  Matrix<T> hidden_tangent;           // [rows, units]; receives that of hidden
};

template <class T>
void gru_gates_jvp(const GruGatesJvp<T>& step);

}  // namespace xtape::kernels
