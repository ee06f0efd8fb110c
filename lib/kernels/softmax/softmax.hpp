#pragma once

#include <cstdint>

// Softmax and the cross-entropy of it over the rows of dense [rows, columns] arrays of float or double.
// An output may be the same array as an input.
namespace xtape::kernels {

template <class T>
void softmax(const T* x, T* y, int64_t rows, int64_t columns);
template <class T>
void log_softmax(const T* x, T* y, int64_t rows, int64_t columns);

// The gradient of x, given g, the gradient of y = softmax(x), and y.
template <class T>
void softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns);
// The same for y = log_softmax(x).
template <class T>
void log_softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns);

// loss[row] = -sum(targets * log_softmax(logits)); log_sum[row] = log(sum(exp(logits))) serves the gradient.
template <class T>
void cross_entropy(const T* logits, const T* targets, T* loss, T* log_sum, int64_t rows, int64_t columns);
// The same with one label per row, in [0, columns), which has the target 1.
template <class T>
void cross_entropy(const T* logits, const int64_t* labels, T* loss, T* log_sum, int64_t rows, int64_t columns);

// The gradient of the logits, given g[row], the gradient of loss[row].
template <class T>
void cross_entropy_vjp(const T* g, const T* logits, const T* targets, const T* log_sum, T* out, int64_t rows,
                       int64_t columns);
template <class T>
void cross_entropy_vjp(const T* g, const T* logits, const int64_t* labels, const T* log_sum, T* out, int64_t rows,
                       int64_t columns);

}  // namespace xtape::kernels
