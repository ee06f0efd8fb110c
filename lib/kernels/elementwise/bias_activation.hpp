#pragma once

#include <cstdint>

#include "kernels/elementwise/activation.hpp"

// The epilogue of a matrix product or a convolution over [rows, channels], for float and double.
namespace xtape::kernels {

// y = activation(y + bias), in place; bias [channels] or null.
template <class T>
void bias_activation(Activation activation, T* y, const T* bias, int64_t rows, int64_t channels);

// inner = g * activation'(y), bias_gradient = the column sums of inner; either may be null. y is not read
// where the activation is linear. `inner` may be g.
template <class T>
void bias_activation_vjp(Activation activation, const T* g, const T* y, T* inner, T* bias_gradient, int64_t rows,
                         int64_t channels);

}  // namespace xtape::kernels
