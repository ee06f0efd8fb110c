#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// What kernels/normalization.hpp is made of, serially, per instruction set.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void layer_norm(const T* x, const T* gamma, const T* beta, T epsilon, T* y,
                                                        T* mean, T* rstd, int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T> void layer_norm_vjp(const T* g, const T* x, const T* mean, const T* rstd,
                                                            const T* gamma, T* dx, T* dgamma, T* dbeta, int64_t rows,
                                                            int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T> void batch_norm(const T* x, const T* mean, const T* scale, const T* shift, T* y,
                                                        int64_t rows, int64_t columns))
// dbeta = sum(g), dgamma = sum(g * (x - mean)) * rstd
XTAPE_DECLARE_KERNEL(template <class T> void batch_norm_sums(const T* g, const T* x, const T* mean, const T* rstd,
                                                             T* dgamma, T* dbeta, int64_t rows, int64_t columns))
// dx = g * scale - (x - mean) * slope - offset
XTAPE_DECLARE_KERNEL(template <class T> void batch_norm_dx(const T* g, const T* x, const T* mean, const T* scale,
                                                           const T* slope, const T* offset, T* dx, int64_t rows,
                                                           int64_t columns))

}  // namespace xtape::kernels
