#pragma once

#include <cstdint>
#include <type_traits>

namespace xtape::kernels {

// A matrix in memory, row-major or the transpose of one that is. Nothing is owned; T is const where it is only read.
// The members are inlined always: kernels/simd compiles them for instruction sets that not every CPU has.
template <class T>
struct Matrix {
  T* data;                  // element (0, 0)
  int64_t rows, columns;    // of the matrix that is meant, after the transposition
  int64_t step;             // elements between rows as they are stored (BLAS: the leading dimension)
  bool transposed = false;  // element (i, j) is data[j * step + i], not data[i * step + j]

  [[gnu::always_inline]] int64_t row_step() const { return transposed ? 1 : step; }
  [[gnu::always_inline]] int64_t column_step() const { return transposed ? step : 1; }
  [[gnu::always_inline]] T* at(int64_t row, int64_t column) const {
    return data + row * row_step() + column * column_step();
  }
  // The same memory, with rows and columns exchanged.
  [[gnu::always_inline]] Matrix transpose() const { return {data, columns, rows, step, !transposed}; }
  // The block of `height` rows and `width` columns that starts at element (row, column).
  [[gnu::always_inline]] Matrix block(int64_t row, int64_t column, int64_t height, int64_t width) const {
    return {at(row, column), height, width, step, transposed};
  }
  [[gnu::always_inline]] operator Matrix<const T>() const requires(!std::is_const_v<T>) {
    return {data, rows, columns, step, transposed};
  }
};

}  // namespace xtape::kernels
