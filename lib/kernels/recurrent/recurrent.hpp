#pragma once

#include <algorithm>
#include <cstdint>

// What the drivers of recurrent kernels share.
namespace xtape::kernels {

// Rows per thread below which a second thread costs more than it saves.
inline int64_t recurrent_grain(int64_t units) { return std::max<int64_t>(4096 / std::max<int64_t>(units, 1), 1); }

// Where a matrix goes on; null stays null.
template <class T>
T* advanced(T* matrix, int64_t offset) {
  return matrix ? matrix + offset : nullptr;
}

}  // namespace xtape::kernels
