#pragma once

#include <cstdint>

// Softmax over the rows of a dense [rows, columns] block, for float and double.
namespace xtape::kernels {

template <class T>
void softmax(const T* x, T* y, int64_t rows, int64_t columns);
// out = y * (g - sum(g * y)), y = softmax(x).
template <class T>
void softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns);
template <class T>
void log_softmax(const T* x, T* y, int64_t rows, int64_t columns);
// out = g - exp(y) * sum(g), y = log_softmax(x).
template <class T>
void log_softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns);

}  // namespace xtape::kernels
