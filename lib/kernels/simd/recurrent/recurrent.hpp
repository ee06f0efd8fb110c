#pragma once

#include "kernels/simd/reduction/rows.hpp"

namespace xtape::kernels::XTAPE_ISA {

// A vector of a matrix that may be null, which stands for zeros.
template <class T, class Extent>
inline Vector<T> load_or_zero(const T* matrix, int64_t at, Extent part) {
  return matrix ? load(matrix + at, part) : Vector<T>(0);
}

}  // namespace xtape::kernels::XTAPE_ISA
