#include "kernels/simd/copy/transpose.hpp"

#include <type_traits>

#include "kernels/simd/copy/copy.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

// The numbers whose vectors move elements of the size of T; their bits stay as they are.
template <class T>
using Number = std::conditional_t<sizeof(T) == 4, float, double>;

template <class T>
void transpose_elements(const T* from, int64_t column_from, T* to, int64_t row_to, int64_t rows, int64_t columns) {
  constexpr int64_t block = 16;
  for (int64_t row0 = 0; row0 < rows; row0 += block) {
    const int64_t row_end = row0 + block < rows ? row0 + block : rows;
    for (int64_t column0 = 0; column0 < columns; column0 += block) {
      const int64_t column_end = column0 + block < columns ? column0 + block : columns;
      for (int64_t row = row0; row < row_end; ++row)
        for (int64_t column = column0; column < column_end; ++column)
          to[row * row_to + column] = from[column * column_from + row];
    }
  }
}

// Squares of vectors, side by side until they fill two cache lines of each row of `to`, then down. No prefetcher sees
// such writes coming, so that the lines of the next squares are asked for before these are worked on.
template <class T>
void transpose_squares(const T* from, int64_t column_from, T* to, int64_t row_to, int64_t rows, int64_t columns) {
  using Batch = xsimd::batch<T>;
  constexpr int64_t width = static_cast<int64_t>(Batch::size), strip = 128 / static_cast<int64_t>(sizeof(T));
  const int64_t whole_rows = rows / width * width, whole_columns = columns / strip * strip;
  for (int64_t column0 = 0; column0 < whole_columns; column0 += strip) {
    for (int64_t row = 0; row < whole_rows; row += width) {
      if (row + width < whole_rows) {
        for (int64_t i = 0; i < width; ++i) {
          const T* next = to + (row + width + i) * row_to + column0;
          __builtin_prefetch(next);
          __builtin_prefetch(next + strip / 2);
        }
      }
      for (int64_t column = column0; column < column0 + strip; column += width) {
        Batch square[width];
        for (int64_t i = 0; i < width; ++i) square[i] = Batch::load_unaligned(from + (column + i) * column_from + row);
        transpose_square(square);
        for (int64_t i = 0; i < width; ++i) square[i].store_unaligned(to + (row + i) * row_to + column);
      }
    }
  }
  transpose_elements(from + whole_columns * column_from, column_from, to + whole_columns, row_to, whole_rows,
                     columns - whole_columns);
  transpose_elements(from + whole_rows, column_from, to + whole_rows * row_to, row_to, rows - whole_rows, columns);
}

}  // namespace

template <class T>
void transpose(const T* from, int64_t column_from, T* to, int64_t row_to, int64_t rows, int64_t columns) {
  if constexpr (sizeof(T) == 1) {
    transpose_elements(from, column_from, to, row_to, rows, columns);
  } else {
    transpose_squares(reinterpret_cast<const Number<T>*>(from), column_from, reinterpret_cast<Number<T>*>(to), row_to,
                      rows, columns);
  }
}

template void transpose(const uint8_t*, int64_t, uint8_t*, int64_t, int64_t, int64_t);
template void transpose(const uint32_t*, int64_t, uint32_t*, int64_t, int64_t, int64_t);
template void transpose(const uint64_t*, int64_t, uint64_t*, int64_t, int64_t, int64_t);

}  // namespace xtape::kernels::XTAPE_ISA
