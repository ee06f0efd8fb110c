#pragma once

#include "kernels/isa.hpp"
#include "kernels/softmax/softmax.hpp"

// What kernels/softmax/softmax.hpp declares, serially, per instruction set.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void softmax(const T* x, T* y, int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T> void log_softmax(const T* x, T* y, int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T> void softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T>
                     void log_softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T>
                     void log_softmax_jvp(const T* dx, const T* y, T* out, int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T> void cross_entropy(const T* logits, const T* targets, T* loss, T* log_sums,
                                                           int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T> void cross_entropy(const T* logits, const int64_t* labels, T* loss, T* log_sums,
                                                           int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T> void cross_entropy_vjp(const CrossEntropyVjp<T, T>& loss))
XTAPE_DECLARE_KERNEL(template <class T> void cross_entropy_vjp(const CrossEntropyVjp<T, int64_t>& loss))
XTAPE_DECLARE_KERNEL(template <class T> void cross_entropy_jvp(const CrossEntropyJvp<T, T>& loss))
XTAPE_DECLARE_KERNEL(template <class T> void cross_entropy_jvp(const CrossEntropyJvp<T, int64_t>& loss))

}  // namespace xtape::kernels
