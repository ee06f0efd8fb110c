#pragma once

// Products with few columns. For the files in kernels/simd only.

#include <cstdint>

#include "kernels/linalg/matrix.hpp"
#include "kernels/simd/copy/transpose.hpp"
#include "kernels/simd/reduction/partial.hpp"

namespace xtape::kernels::XTAPE_ISA {

// c = x + beta * c for the transpose x of `transposed`, whose rows have room for a whole number of vectors; c has at
// most as many columns as one has lanes.
template <class T>
void add_transposed(const Matrix<T>& transposed, T beta, const Matrix<T>& c) {
  using Batch = xsimd::batch<T>;
  constexpr int64_t width = static_cast<int64_t>(Batch::size);
  const int64_t m = c.rows, n = c.columns;
  const Partial<T> columns(n);
  for (int64_t i = 0; i < m; i += width) {
    Batch square[width];
    for (int64_t j = 0; j < width; ++j)
      square[j] = j < n ? Batch::load_aligned(transposed.data + j * transposed.step + i) : Batch(T(0));
    transpose_square(square);
    for (int64_t row = i; row < m && row < i + width; ++row) {
      T* to = c.data + row * c.step;
      const Batch value = square[row - i];
      columns.store(to, beta == T(0) ? value : xsimd::fma(columns.load(to), Batch(beta), value));
    }
  }
}

// A product c with fewer columns than a vector has lanes would leave some empty. Computed as its transpose it fills
// them with rows; `product(row, to)` does that for the rows from `row` on, as many as `to` has columns, with beta = 0.
template <class T, class Product>
void narrow_product(T beta, const Matrix<T>& c, const Product& product) {
  constexpr int64_t width = static_cast<int64_t>(xsimd::batch<T>::size), chunk = 16 * width;
  alignas(64) T transposed[width * chunk];
  for (int64_t i = 0; i < c.rows; i += chunk) {
    const int64_t rows = c.rows - i < chunk ? c.rows - i : chunk;
    const Matrix<T> to{transposed, c.columns, rows, chunk};
    product(i, to);
    add_transposed(to, beta, c.block(i, 0, rows, c.columns));
  }
}

}  // namespace xtape::kernels::XTAPE_ISA
