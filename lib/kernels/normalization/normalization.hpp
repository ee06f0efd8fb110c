#pragma once

#include <cstdint>

#include "kernels/elementwise/activation.hpp"

// Layer and batch normalization for float and double.
//
// On entry: x, y, dx and their gradients are contiguous [rows, columns], parameters are [columns], and rows is positive
// where columns are. y and dx may be x or g, as every element is read before it is written in its place; nothing else
// that is written overlaps. Threads take ranges of rows; sums over the rows are made per part and added in the order of
// the parts, whose number depends on the thread setting only.
namespace xtape::kernels {

// Per row: y = (x - mean) * rstd * gamma + beta, where rstd = 1 / sqrt(variance + epsilon).
template <class T>
struct LayerNorm {
  int64_t rows, columns;
  const T* x;
  const T *gamma, *beta;  // null for 1 and 0
  T epsilon;
  T* y;
  T *mean, *rstd;  // [rows], for the gradient
};

template <class T>
void layer_norm(const LayerNorm<T>& norm);

template <class T>
struct LayerNormVjp {
  int64_t rows, columns;
  const T *g, *x;
  const T *mean, *rstd;  // as layer_norm left them
  const T* gamma;        // null for 1
  T* dx;
  T *dgamma, *dbeta;  // always written
};

template <class T>
void layer_norm_vjp(const LayerNormVjp<T>& norm);

// The tangent of y, from that of x and those of gamma and beta, which are null for 0.
template <class T>
struct LayerNormJvp {
  int64_t rows, columns;
  const T *dx, *x;
  const T *mean, *rstd;             // as layer_norm left them
  const T *gamma, *dgamma, *dbeta;  // gamma is null for 1
  T* dy;
};

template <class T>
void layer_norm_jvp(const LayerNormJvp<T>& norm);

// Mean and (biased) variance of each column, in one pass over memory; exact also far from zero.
template <class T>
void batch_statistics(const T* x, T* mean, T* variance, int64_t rows, int64_t columns);

// Per column: y = activation((x - mean) * scale + shift).
template <class T>
struct BatchNorm {
  int64_t rows, columns;
  const T *x, *mean, *scale, *shift;
  T* y;
};

template <class T>
void batch_norm(const BatchNorm<T>& norm, Activation activation);

// The gradients of that y where mean is that of x, scale = rstd * gamma and shift = beta.
template <class T>
struct BatchNormVjp {
  int64_t rows, columns;
  const T *g, *x;
  const T *mean, *rstd, *scale, *shift;  // shift is not read where the activation is linear
  T* dx;                                 // null where it is not needed
  T *dgamma, *dbeta;
};

template <class T>
void batch_norm_vjp(const BatchNormVjp<T>& norm, Activation activation);

// The tangent of that y before the activation, from that of x and those of gamma and beta, which are null for 0.
template <class T>
struct BatchNormJvp {
  int64_t rows, columns;
  const T *dx, *x;
  const T *mean, *rstd, *scale;
  const T *dgamma, *dbeta;
  T* dy;
};

template <class T>
void batch_norm_jvp(const BatchNormJvp<T>& norm);

}  // namespace xtape::kernels
