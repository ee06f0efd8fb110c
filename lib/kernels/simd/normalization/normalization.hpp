#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// What kernels/normalization/normalization.hpp is made of, serially, per instruction set.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void layer_norm(const T* x, const T* gamma, const T* beta, T epsilon, T* y,
                                                        T* mean, T* rstd, int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class T> void layer_norm_vjp(const T* g, const T* x, const T* mean, const T* rstd,
                                                            const T* gamma, T* dx, T* dgamma, T* dbeta, int64_t rows,
                                                            int64_t columns))

// For XTAPE_FUSED_FORMULAS; y = value((x - mean) * scale + shift) is computed again where its derivative needs it.
XTAPE_DECLARE_KERNEL(template <class Formula, class T> void batch_norm(const T* x, const T* mean, const T* scale,
                                                                       const T* shift, T* y, int64_t rows,
                                                                       int64_t columns))
// With h = vjp(g, y): dbeta = sum(h), dgamma = sum(h * (x - mean)) * rstd
XTAPE_DECLARE_KERNEL(template <class Formula, class T>
                     void batch_norm_sums(const T* g, const T* x, const T* mean, const T* rstd, const T* scale,
                                          const T* shift, T* dgamma, T* dbeta, int64_t rows, int64_t columns))
// dx = h * scale - (x - mean) * slope - offset
XTAPE_DECLARE_KERNEL(template <class Formula, class T>
                     void batch_norm_dx(const T* g, const T* x, const T* mean, const T* scale, const T* shift,
                                        const T* slope, const T* offset, T* dx, int64_t rows, int64_t columns))

}  // namespace xtape::kernels
