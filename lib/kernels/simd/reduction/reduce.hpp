#pragma once

#include "kernels/isa.hpp"
#include "kernels/reduction/reduce.hpp"

// Reductions of a contiguous matrix on one thread.
namespace xtape::kernels {

// y[row]: a row of x combined.
XTAPE_DECLARE_KERNEL(template <class T> void reduce_rows(Reduction op, const T* x, T* y, int64_t rows, int64_t columns))
// The largest absolute value, NaN if any is; 0 of nothing.
XTAPE_DECLARE_KERNEL(float largest_size(const float* x, int64_t n))
// y[column]: a column of x combined.
XTAPE_DECLARE_KERNEL(template <class T>
                     void reduce_columns(Reduction op, const T* x, T* y, int64_t rows, int64_t columns))
// The sums of x - center[column] and of its square over each column.
XTAPE_DECLARE_KERNEL(template <class T> void column_deviations(const T* x, const T* center, T* sums, T* squares,
                                                               int64_t rows, int64_t columns))

}  // namespace xtape::kernels
