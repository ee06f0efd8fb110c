#pragma once

#include <cstdint>

#include "kernels/elementwise/activation.hpp"

// The epilogue of a matrix product or a convolution, for float and double.
//
// On entry: arrays are contiguous [rows, channels], a bias and its gradient [channels]; nothing that is written
// overlaps anything else, but for what is said. Threads take ranges of rows; sums over the rows are made per part and
// added in the order of the parts, whose number depends on the thread setting only.
namespace xtape::kernels {

// y = activation(y + bias), in place; bias [channels] or null.
template <class T>
void bias_activation(Activation activation, T* y, const T* bias, int64_t rows, int64_t channels);

// inner = g * activation'(y), bias_gradient = the column sums of inner.
template <class T>
struct BiasActivationVjp {
  int64_t rows, channels;
  const T* g;
  const T* y;        // not read where the activation is linear
  T* inner;          // may be g; null where not needed
  T* bias_gradient;  // null where not needed
};

template <class T>
void bias_activation_vjp(Activation activation, const BiasActivationVjp<T>& step);

}  // namespace xtape::kernels
