#pragma once

#include <cstdint>

// Reductions over the middle axis of x [outer, reduced, inner], dense, to y [outer, inner].
namespace xtape::kernels {

enum class Reduction { sum, mean, prod, max, min };

// For float and double; and, without mean, for int64_t, int32_t, uint8_t and bool (where max is any and min is all).
// Of nothing: sum 0, prod 1, mean NaN, max and min the lowest and highest value. NaN counts as above and below all.
template <class T>
void reduce(Reduction op, const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner);

// Index of the first largest (smallest) element, or of the first NaN. For all six dtypes; `reduced` is not 0.
template <class T>
void argmax(const T* x, int64_t* y, int64_t outer, int64_t reduced, int64_t inner);
template <class T>
void argmin(const T* x, int64_t* y, int64_t outer, int64_t reduced, int64_t inner);

// Sum of squared deviations from the mean over (reduced - ddof), in two passes; also the means.
template <class T>
void variance(const T* x, T* mean, T* variance, int64_t outer, int64_t reduced, int64_t inner, int64_t ddof);

// log(sum(exp(x))) without overflow.
template <class T>
void logsumexp(const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner);

}  // namespace xtape::kernels
