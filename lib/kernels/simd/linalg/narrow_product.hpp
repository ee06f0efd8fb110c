#pragma once

// Products with few columns. For the files in kernels/simd only.

#include <cstdint>

#include "kernels/simd/reduction/partial.hpp"
#include "kernels/simd/copy/transpose.hpp"

namespace xtape::kernels::XTAPE_ISA {

// c = x + beta * c for the transpose x of [n, ld], whose rows have room for a whole number of vectors; n is at most the
// size of one.
template <class T>
void add_transposed(int64_t m, int64_t n, const T* transposed, int64_t ld, T beta, T* c, int64_t ldc) {
  using Batch = xsimd::batch<T>;
  constexpr int64_t width = static_cast<int64_t>(Batch::size);
  const Partial<T> columns(n);
  for (int64_t i = 0; i < m; i += width) {
    Batch square[width];
    for (int64_t j = 0; j < width; ++j) square[j] = j < n ? Batch::load_aligned(transposed + j * ld + i) : Batch(T(0));
    transpose_square(square);
    for (int64_t row = i; row < m && row < i + width; ++row) {
      T* to = c + row * ldc;
      const Batch value = square[row - i];
      columns.store(to, beta == T(0) ? value : xsimd::fma(columns.load(to), Batch(beta), value));
    }
  }
}

// A product of m rows and fewer columns than a vector has lanes would leave some empty. Computed as its
// transpose it fills them with rows; `product(row, rows, to, ld)` does that for a part of the rows, with beta = 0.
template <class T, class Product>
void narrow_product(int64_t m, int64_t n, T beta, T* c, int64_t ldc, const Product& product) {
  constexpr int64_t width = static_cast<int64_t>(xsimd::batch<T>::size), chunk = 16 * width;
  alignas(64) T transposed[width * chunk];
  for (int64_t i = 0; i < m; i += chunk) {
    const int64_t rows = m - i < chunk ? m - i : chunk;
    product(i, rows, transposed, chunk);
    add_transposed(rows, n, transposed, chunk, beta, c + i * ldc, ldc);
  }
}

}  // namespace xtape::kernels::XTAPE_ISA
