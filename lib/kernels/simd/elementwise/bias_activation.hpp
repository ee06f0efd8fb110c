#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// One pass over a contiguous matrix, for the formulas of XTAPE_FUSED_ACTIVATIONS.
namespace xtape::kernels {

// y = value(y + bias)
XTAPE_DECLARE_KERNEL(template <class Formula, class T>
                     void bias_activation(T* y, const T* bias, int64_t rows, int64_t columns))
// inner = vjp(g, y), if it is not null; bias_gradient = its column sums.
XTAPE_DECLARE_KERNEL(template <class Formula, class T> void bias_activation_vjp(const T* g, const T* y, T* inner,
                                                                                T* bias_gradient, int64_t rows,
                                                                                int64_t columns))

}  // namespace xtape::kernels
