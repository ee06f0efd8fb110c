#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// What kernels/elementwise/elementwise.hpp declares, serially, per instruction set.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class Formula, class T> void unary(const Formula& formula, const T* x, T* y, int64_t n))
XTAPE_DECLARE_KERNEL(template <class Formula, class T>
                     void unary_vjp(const Formula& formula, const T* g, const T* x, const T* y, T* out, int64_t n))
// Rows of two operands: row r of a starts at a + r * row_a, and moves by step_a (0 or 1) inside; y is dense.
XTAPE_DECLARE_KERNEL(template <class Formula, class T> void binary(const T* a, int64_t row_a, int64_t step_a,
                                                                   const T* b, int64_t row_b, int64_t step_b, T* y,
                                                                   int64_t rows, int64_t columns))
XTAPE_DECLARE_KERNEL(template <class Formula, class T> void compare(const T* a, int64_t row_a, int64_t step_a,
                                                                    const T* b, int64_t row_b, int64_t step_b, bool* y,
                                                                    int64_t rows, int64_t columns))

}  // namespace xtape::kernels
