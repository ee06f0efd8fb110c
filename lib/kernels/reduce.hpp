#pragma once

#include <cstdint>

// Reductions of a dense [outer, reduced, inner] block over its middle axis, into [outer, inner].
namespace xtape::kernels {

// For float, double and int64_t.
template <class T>
void sum(const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner);
// NaN wins. `reduced` is at least 1.
template <class T>
void max(const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner);
template <class T>
void min(const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner);
// The first position of the extremum, or of the first NaN.
template <class T>
void argmax(const T* x, int64_t* y, int64_t outer, int64_t reduced, int64_t inner);
template <class T>
void argmin(const T* x, int64_t* y, int64_t outer, int64_t reduced, int64_t inner);

}  // namespace xtape::kernels
