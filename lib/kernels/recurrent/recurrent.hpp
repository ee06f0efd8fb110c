#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/linalg/matrix.hpp"

// What the drivers of recurrent kernels share.
namespace xtape::kernels {

// Rows per thread below which a second thread costs more than it saves.
inline int64_t recurrent_grain(int64_t units) { return std::max<int64_t>(4096 / std::max<int64_t>(units, 1), 1); }

// Where a matrix goes on; null stays null.
template <class T>
T* advanced(T* matrix, int64_t offset) {
  return matrix ? matrix + offset : nullptr;
}

// The rows [begin, end) of a matrix; null stays null.
template <class T>
Matrix<T> row_range(const Matrix<T>& matrix, int64_t begin, int64_t end) {
  return matrix.data ? matrix.block(begin, 0, end - begin, matrix.columns) : matrix;
}

}  // namespace xtape::kernels
