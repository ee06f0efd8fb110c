#pragma once

#include <cstdint>

#include "kernels/isa.hpp"
#include "kernels/support/strided.hpp"

// What kernels/elementwise/elementwise.hpp declares, serially, per instruction set.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class Formula, class T> void unary(const Formula& formula, const T* x, T* y, int64_t n))
XTAPE_DECLARE_KERNEL(template <class Formula, class T>
                     void unary_vjp(const Formula& formula, const T* g, const T* x, const T* y, T* out, int64_t n))
// For formulas with one_pass.
XTAPE_DECLARE_KERNEL(template <class Formula, class T>
                     void unary_dual(const Formula& formula, const T* x, const T* dx, T* y, T* dy, int64_t n))
// Rows of two operands, whose steps are 0 or 1; y is contiguous.
XTAPE_DECLARE_KERNEL(template <class Formula, class T>
                     void binary(const StridedRows<T>& a, const StridedRows<T>& b, T* y, int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class Formula, class T> void compare(const StridedRows<T>& a, const StridedRows<T>& b,
                                                                    bool* y, int64_t rows, int64_t columns))

}  // namespace xtape::kernels
