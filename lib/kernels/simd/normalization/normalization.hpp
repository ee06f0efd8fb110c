#pragma once

#include "kernels/isa.hpp"
#include "kernels/normalization/normalization.hpp"

// What kernels/normalization/normalization.hpp is made of, serially, per instruction set.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void layer_norm(const LayerNorm<T>& norm))
XTAPE_DECLARE_KERNEL(template <class T> void layer_norm_vjp(const LayerNormVjp<T>& norm))
XTAPE_DECLARE_KERNEL(template <class T> void layer_norm_jvp(const LayerNormJvp<T>& norm))

// For the formulas of XTAPE_FUSED_ACTIVATIONS; y = value((x - mean) * scale + shift) is computed again where its
// derivative needs it.
XTAPE_DECLARE_KERNEL(template <class Formula, class T> void batch_norm(const BatchNorm<T>& norm))
// With h = vjp(g, y): dbeta = sum(h), dgamma = sum(h * (x - mean)) * rstd
XTAPE_DECLARE_KERNEL(template <class Formula, class T> void batch_norm_sums(const BatchNormVjp<T>& norm))
// dx = h * scale - (x - mean) * slope - offset
XTAPE_DECLARE_KERNEL(template <class Formula, class T>
                     void batch_norm_dx(const BatchNormVjp<T>& norm, const T* slope, const T* offset))

}  // namespace xtape::kernels
