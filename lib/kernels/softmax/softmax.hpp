#pragma once

#include <cstdint>

// Softmax and the cross-entropy of it over the rows of contiguous [rows, columns] arrays of float or double.
//
// An output may be the same array as an input of its shape, but not overlap it otherwise: a row is read before it is
// written. Rows do not depend on one another: threads take ranges of them, and no workspace is needed. The largest
// element of a row is subtracted before exp, so that only a row with an infinity or NaN gives NaN.
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
// The tangent of y = log_softmax(x), given dx, that of x, and y.
template <class T>
void log_softmax_jvp(const T* dx, const T* y, T* out, int64_t rows, int64_t columns);

// loss[row] = -sum(targets * log_softmax(logits)). For the gradient, log_sums [rows, 2] takes log(sum(exp(logits))) of
// each row as the sum of two: the largest logit, and the rest, which would vanish beside a large one.
template <class T>
void cross_entropy(const T* logits, const T* targets, T* loss, T* log_sums, int64_t rows, int64_t columns);
// The same with one label per row, in [0, columns), which has the target 1.
template <class T>
void cross_entropy(const T* logits, const int64_t* labels, T* loss, T* log_sums, int64_t rows, int64_t columns);

// The gradient of the logits, given g[row], the gradient of loss[row].
template <class T, class Target>
struct CrossEntropyVjp {
  int64_t rows, columns;
  const T *g, *logits;
  const Target* targets;  // T: [rows, columns]; int64_t: a label for each row
  const T* log_sums;      // as cross_entropy left them
  T* out;
};

template <class T>
void cross_entropy_vjp(const CrossEntropyVjp<T, T>& loss);
template <class T>
void cross_entropy_vjp(const CrossEntropyVjp<T, int64_t>& loss);

// The tangent of loss[row], given those of the logits.
template <class T, class Target>
struct CrossEntropyJvp {
  int64_t rows, columns;
  const T *logits, *tangents;
  const Target* targets;
  const T* log_sums;
  T* out;
};

template <class T>
void cross_entropy_jvp(const CrossEntropyJvp<T, T>& loss);
template <class T>
void cross_entropy_jvp(const CrossEntropyJvp<T, int64_t>& loss);

// Instantiates these for T, in the namespace it stands in: once for callers, and once per instruction set.
#define XTAPE_INSTANTIATE_SOFTMAX(T)                                               \
  template void softmax(const T*, T*, int64_t, int64_t);                           \
  template void log_softmax(const T*, T*, int64_t, int64_t);                       \
  template void softmax_vjp(const T*, const T*, T*, int64_t, int64_t);             \
  template void log_softmax_vjp(const T*, const T*, T*, int64_t, int64_t);         \
  template void log_softmax_jvp(const T*, const T*, T*, int64_t, int64_t);         \
  template void cross_entropy(const T*, const T*, T*, T*, int64_t, int64_t);       \
  template void cross_entropy(const T*, const int64_t*, T*, T*, int64_t, int64_t); \
  template void cross_entropy_vjp(const CrossEntropyVjp<T, T>&);                   \
  template void cross_entropy_vjp(const CrossEntropyVjp<T, int64_t>&);             \
  template void cross_entropy_jvp(const CrossEntropyJvp<T, T>&);                   \
  template void cross_entropy_jvp(const CrossEntropyJvp<T, int64_t>&);

}  // namespace xtape::kernels
