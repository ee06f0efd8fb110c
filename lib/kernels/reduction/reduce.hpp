#pragma once

#include <cstdint>

#include "kernels/support/axis.hpp"

// Reductions over the axis of a view of x, to y [outer, inner].
namespace xtape::kernels {

enum class Reduction { sum, max, min };

// For float and double; max and min for int64_t, int32_t, uint8_t and bool too (where max is any and min is all), whose
// sums are integer_sum's. Of nothing: sum 0, max and min the lowest and highest value. NaN counts as above and below all.
template <class T>
void reduce(Reduction op, const T* x, T* y, const AxisView& view);

// Index of the first largest (smallest) element, or of the first NaN. For all six dtypes; the axis is not empty.
template <class T>
void argmax(const T* x, int64_t* y, const AxisView& view);
template <class T>
void argmin(const T* x, int64_t* y, const AxisView& view);

}  // namespace xtape::kernels
