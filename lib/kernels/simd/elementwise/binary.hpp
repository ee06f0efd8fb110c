#pragma once

#include "kernels/simd/elementwise/elementwise.hpp"
#include "kernels/simd/vector.hpp"

namespace xtape::kernels::XTAPE_ISA {

template <class Formula, int step_a, int step_b, class T>
inline void binary_row(const T* a, const T* b, T* y, int64_t n) {
  using V = Vector<T>;
  const V first_a = a[0], first_b = b[0];
  int64_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) {
    const V ai = step_a ? load(a + i) : first_a;
    const V bi = step_b ? load(b + i) : first_b;
    store(y + i, Formula::value(ai, bi));
  }
  if (i < n) {
    const V ai = step_a ? load_partial(a + i, n - i) : first_a;
    const V bi = step_b ? load_partial(b + i, n - i) : first_b;
    store_partial(y + i, Formula::value(ai, bi), n - i);
  }
}

template <class Formula, int step_a, int step_b, class T>
void binary_rows(const StridedRows<T>& a, const StridedRows<T>& b, T* y, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row)
    binary_row<Formula, step_a, step_b>(a.data + row * a.row, b.data + row * b.row, y + row * columns, columns);
}

// Repeats a short row until it fills `length` elements, so that many rows are worked on as one.
template <class T>
inline void repeat_row(const T* row, int64_t columns, T* to, int64_t length) {
  for (int64_t start = 0; start < length; start += columns)
    for (int64_t column = 0; column < columns; ++column) to[start + column] = row[column];
}

template <class Formula, class T>
void binary(const StridedRows<T>& a, const StridedRows<T>& b, T* y, int64_t rows, int64_t columns) {
  if (rows <= 0 || columns <= 0) return;
  if (rows == 1 && a.step && b.step) return binary_row<Formula, 1, 1>(a.data, b.data, y, columns);
  constexpr int64_t tile_size = 512;
  const bool a_repeats = a.row == 0 && b.row == columns, b_repeats = b.row == 0 && a.row == columns;
  if (a.step && b.step && columns < tile_size / 4 && rows > 4 && (a_repeats || b_repeats)) {
    T tile[tile_size];
    int64_t repeats = tile_size / columns;
    if (repeats > rows) repeats = rows;
    repeat_row(a_repeats ? a.data : b.data, columns, tile, repeats * columns);
    const int64_t total = rows * columns, length = repeats * columns;
    for (int64_t i = 0; i < total; i += length) {
      const int64_t count = total - i < length ? total - i : length;
      binary_row<Formula, 1, 1>(a_repeats ? tile : a.data + i, b_repeats ? tile : b.data + i, y + i, count);
    }
  } else if (a.step && b.step) {
    binary_rows<Formula, 1, 1>(a, b, y, rows, columns);
  } else if (a.step) {
    binary_rows<Formula, 1, 0>(a, b, y, rows, columns);
  } else if (b.step) {
    binary_rows<Formula, 0, 1>(a, b, y, rows, columns);
  } else {
    binary_rows<Formula, 0, 0>(a, b, y, rows, columns);
  }
}

}  // namespace xtape::kernels::XTAPE_ISA

#define XTAPE_INSTANTIATE_BINARY_FOR(Formula, T)                             \
  template void xtape::kernels::XTAPE_ISA::binary<xtape::formulas::Formula>( \
      const xtape::kernels::StridedRows<T>&, const xtape::kernels::StridedRows<T>&, T*, int64_t, int64_t);
#define XTAPE_INSTANTIATE_BINARY(Formula)      \
  XTAPE_INSTANTIATE_BINARY_FOR(Formula, float) \
  XTAPE_INSTANTIATE_BINARY_FOR(Formula, double)
