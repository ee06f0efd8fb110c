#pragma once

#include <cstdint>

// The projection of each row of contiguous [rows, columns] arrays of float or double to the simplex.
//
// An output may be the same array as an input of its shape, but not overlap it otherwise. Rows do not depend on one
// another: threads take ranges of them, each with a workspace of one row. A row with NaN, or whose largest
// element is infinite, gives NaN.
namespace xtape::kernels {

// y = max(x - t, 0), with the t for which it adds up to 1.
template <class T>
void sparsemax(const T* x, T* y, int64_t rows, int64_t columns);

// The gradient of x, given g, the gradient of y, and y: where y is positive, g less its mean over such places.
template <class T>
void sparsemax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns);

}  // namespace xtape::kernels
