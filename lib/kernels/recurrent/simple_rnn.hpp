#pragma once

#include "kernels/linalg/matrix.hpp"

// One step of a simple recurrent network, for float and double. Rows do not depend on one another: threads take ranges
// of them, and no workspace is needed.
namespace xtape::kernels {

// hidden = tanh(hidden), whose rows hold the sums of the step.
template <class T>
void simple_rnn_step(const Matrix<T>& hidden);

// The gradient of hidden is the sum of output_gradient and hidden_gradient.
template <class T>
struct SimpleRnnVjp {
  Matrix<const T> hidden;           // as simple_rnn_step left it
  Matrix<const T> output_gradient;  // [rows, units]; null for zeros
  const T* hidden_gradient;         // contiguous
  Matrix<T> sums_gradient;          // [rows, units]; receives that of the sums
};

template <class T>
void simple_rnn_vjp(const SimpleRnnVjp<T>& step);

}  // namespace xtape::kernels
