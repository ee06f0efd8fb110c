#pragma once

#include <cstdint>

#include "kernels/isa.hpp"
#include "kernels/support/strided.hpp"

// What kernels/copy/copy.hpp declares, serially, per instruction set.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class From, class To> void cast(const From* from, To* to, int64_t n))
XTAPE_DECLARE_KERNEL(template <class T>
                     void where_row(Strided<bool> condition, Strided<T> a, Strided<T> b, T* y, int64_t n))
// to[row * row_to + column] = from[column * column_from + row]
XTAPE_DECLARE_KERNEL(template <class T> void transpose(const T* from, int64_t column_from, T* to, int64_t row_to,
                                                       int64_t rows, int64_t columns))

}  // namespace xtape::kernels
