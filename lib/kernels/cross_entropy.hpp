#pragma once

#include <cstdint>

// Softmax and cross-entropy in one pass over rows of logits [rows, classes], for float and double.
namespace xtape::kernels {

// loss[r] = -sum_c target[r, c] * log_softmax(logits)[r, c].
template <class T>
void cross_entropy(const T* target, const T* logits, T* loss, int64_t rows, int64_t classes);
// out = g[r] * (softmax(logits) * sum_c target - target).
template <class T>
void cross_entropy_vjp(const T* g, const T* target, const T* logits, T* out, int64_t rows, int64_t classes);
// The same for one class a row, labels in [0, classes).
template <class T>
void sparse_cross_entropy(const int64_t* labels, const T* logits, T* loss, int64_t rows, int64_t classes);
template <class T>
void sparse_cross_entropy_vjp(const T* g, const int64_t* labels, const T* logits, T* out, int64_t rows,
                              int64_t classes);

}  // namespace xtape::kernels
