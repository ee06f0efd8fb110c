#pragma once

#include <cstdint>

#include "formulas/list.hpp"
#include "kernels/support/iteration.hpp"

// Elementwise kernels. Arrays are contiguous unless a step or a plan says otherwise; large ones are split over threads.
// An output may be the same array as an input, but not overlap it otherwise.
namespace xtape::kernels {

// y = value(x). Instantiated for XTAPE_UNARY_FORMULAS with float and double.
template <class Formula, class T>
void unary(const Formula& formula, const T* x, T* y, int64_t n);

// out = vjp(g, x, y); x or y may be null where Formula::saves does not name it.
template <class Formula, class T>
void unary_vjp(const Formula& formula, const T* g, const T* x, const T* y, T* out, int64_t n);

// y = value(x), and its tangent dy = vjp(dx, x, y), in one pass over memory.
template <class Formula, class T>
void unary_dual(const Formula& formula, const T* x, const T* dx, T* y, T* dy, int64_t n);

// y = value(a, b); steps are 1, or 0 for one number that stays.
// Instantiated for XTAPE_BINARY_FORMULAS and XTAPE_GRADIENT_FORMULAS with float and double, and for
// XTAPE_INTEGER_BINARY_FORMULAS with int64_t, int32_t, uint8_t and bool.
template <class Formula, class T>
void binary(const T* a, int64_t step_a, const T* b, int64_t step_b, T* y, int64_t n);

// The same over a plan made by collapse(rank, sizes, {strides_a, strides_b}), where y is contiguous in row-major order.
template <class Formula, class T>
void binary(const IterationPlan<2>& plan, const T* a, const T* b, T* y);

// Comparisons, for XTAPE_COMPARISONS with all six dtypes.
template <class Formula, class T>
void compare(const T* a, int64_t step_a, const T* b, int64_t step_b, bool* y, int64_t n);
template <class Formula, class T>
void compare(const IterationPlan<2>& plan, const T* a, const T* b, bool* y);

}  // namespace xtape::kernels
