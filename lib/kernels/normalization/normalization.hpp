#pragma once

#include <cstdint>

#include "kernels/elementwise/activation.hpp"

// Layer and batch normalization of dense [rows, columns] arrays of float or double. Outputs may be inputs of the same
// size.
namespace xtape::kernels {

// Per row: y = (x - mean) * rstd * gamma + beta, where rstd = 1 / sqrt(variance + epsilon); mean and rstd [rows] serve
// the gradient. gamma and beta [columns] may be null: 1 and 0.
template <class T>
void layer_norm(const T* x, const T* gamma, const T* beta, T epsilon, T* y, T* mean, T* rstd, int64_t rows,
                int64_t columns);

// dgamma and dbeta [columns] are always written.
template <class T>
void layer_norm_vjp(const T* g, const T* x, const T* mean, const T* rstd, const T* gamma, T* dx, T* dgamma, T* dbeta,
                    int64_t rows, int64_t columns);

// Mean and (biased) variance of each column, in one pass over memory; exact also far from zero.
template <class T>
void batch_statistics(const T* x, T* mean, T* variance, int64_t rows, int64_t columns);

// y = activation((x - mean) * scale + shift), per column.
template <class T>
void batch_norm(const T* x, const T* mean, const T* scale, const T* shift, Activation activation, T* y, int64_t rows,
                int64_t columns);

// The gradients of y = activation((x - mean) * scale + shift) where mean is that of x and scale = rstd * gamma; shift,
// which is not read where the activation is linear, is beta. dx may be null, where no gradient of x is needed.
template <class T>
void batch_norm_vjp(const T* g, const T* x, const T* mean, const T* rstd, const T* scale, const T* shift,
                    Activation activation, T* dx, T* dgamma, T* dbeta, int64_t rows, int64_t columns);

}  // namespace xtape::kernels
