#pragma once

#include <cstdint>

namespace xtape::kernels {

// Elements that are read `step` apart; 0 for one that stays.
template <class T>
struct Strided {
  const T* data;
  int64_t step;
};

// Rows of such elements: element i of row r is data[r * row + i * step].
template <class T>
struct StridedRows {
  const T* data;
  int64_t row, step;
};

}  // namespace xtape::kernels
