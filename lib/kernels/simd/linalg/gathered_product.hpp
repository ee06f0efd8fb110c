#pragma once

#include <cstdint>

#include "kernels/simd/linalg/tile_rows.hpp"
#include "kernels/simd/reduction/partial.hpp"
#include "kernels/simd/vector.hpp"

// A matrix product whose left operand is gathered: its elements lie wherever the sum of two offsets says, so that
// windows of an image need not be unrolled. A tile of sums stays in registers while the kernel runs over the terms.
namespace xtape::kernels::XTAPE_ISA {

// Where a row or a term starts: in the gathered operand, and, of rows that are
// contiguous, in the sums (a row) or in the right operand (a term).
struct Place {
  int64_t gathered, contiguous;
};

template <class T>
struct GatheredProduct {
  const Place* rows;
  int64_t row_count;
  const Place* terms;
  int64_t term_count;
  const T* left;   // element (row, term) is left[row.gathered + term.gathered]
  const T* right;  // row `term` starts at right + term.contiguous
  T* sums;         // row `row` starts at sums + row.contiguous
  int64_t columns;
  const T* bias = nullptr;  // [columns], added to every row
  bool accumulate = false;  // adds to what `sums` holds
  bool relu = false;
};

// Where `Whole`, there are Vectors whole vectors of columns.
template <class T, int Rows, int Vectors, bool Whole>
void gathered_tile(const GatheredProduct<T>& product) {
  using V = Vector<T>;
  const Partial<T> last(product.columns - (Vectors - 1) * V::lanes);
  const auto load_columns = [&last](const T* from, int v) {
    return Whole || v + 1 < Vectors ? load(from + v * V::lanes) : V(last.load(from + v * V::lanes));
  };
  V sum[Rows][Vectors];
  const T* left[Rows];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i) {
    left[i] = product.left + product.rows[i].gathered;
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sum[i][v] = V(0);
  }
  for (const Place* term = product.terms; term != product.terms + product.term_count; ++term) {
    V row[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) row[v] = load_columns(product.right + term->contiguous, v);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const V element(left[i][term->gathered]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sum[i][v] = fma(element, row[v], sum[i][v]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      T* const to = product.sums + product.rows[i].contiguous;
      V value = sum[i][v];
      if (product.bias) value += load_columns(product.bias, v);
      if (product.accumulate) value += load_columns(to, v);
      // Written so that NaN stays NaN.
      if (product.relu) value = where(value < V(0), V(0), value);
      if (Whole || v + 1 < Vectors)
        store(to + v * V::lanes, value);
      else
        last.store(to + v * V::lanes, value.batch);
    }
}

template <class T, int Rows>
void gathered_tile_of_rows(const GatheredProduct<T>& product) {
  if constexpr (Rows > 1)
    if (product.row_count < Rows) return gathered_tile_of_rows<T, Rows - 1>(product);
  if (product.columns == 2 * Vector<T>::lanes)
    gathered_tile<T, Rows, 2, true>(product);
  else if (product.columns > Vector<T>::lanes)
    gathered_tile<T, Rows, 2, false>(product);
  else
    gathered_tile<T, Rows, 1, false>(product);
}

// All rows and columns, in tiles of about the same height.
template <class T>
void gathered_product(const GatheredProduct<T>& whole) {
  constexpr int64_t tile_columns = 2 * Vector<T>::lanes;
  const int64_t tiles = (whole.row_count + tile_rows - 1) / tile_rows;
  for (int64_t column = 0; column < whole.columns; column += tile_columns) {
    GatheredProduct<T> part = whole;
    part.columns = whole.columns - column < tile_columns ? whole.columns - column : tile_columns;
    part.right += column;
    part.sums += column;
    if (whole.bias) part.bias += column;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      const int64_t first = whole.row_count * tile / tiles;
      part.rows = whole.rows + first;
      part.row_count = whole.row_count * (tile + 1) / tiles - first;
      gathered_tile_of_rows<T, tile_rows>(part);
    }
  }
}

}  // namespace xtape::kernels::XTAPE_ISA
