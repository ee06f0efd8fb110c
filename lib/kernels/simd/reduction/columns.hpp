#pragma once

#include "kernels/simd/reduction/fold.hpp"

// One pass over a contiguous matrix that reads numbers per column (parameters) and combines others down each column
// (results).
namespace xtape::kernels::XTAPE_ISA {

template <class Op, int parameters, int results, class T>
struct ColumnPass {
  using V = Vector<T>;
  static constexpr int64_t lanes = V::lanes;
  static constexpr int64_t tile_size = 4 * lanes;

  const T* parameter[parameters > 0 ? parameters : 1];
  T* result[results > 0 ? results : 1];

  // body(at, part, parameter vectors, result vectors) for each vector of the matrix; results are written, not added to.
  template <class Body>
  void run(int64_t rows, int64_t columns, const Body& body) const {
    if (columns == 0) return;
    const int64_t repeats = columns * 2 <= tile_size ? tile_size / columns : 1;
    if (repeats > 1 && rows >= 2 * repeats)
      run_tiled(rows, columns, repeats, body);
    else
      run_plain(0, rows, columns, body);
  }

 private:
  template <int width>
  struct Results {
    V value[width][results > 0 ? results : 1];
    Results() {
      for (int w = 0; w < width; ++w)
        for (int k = 0; k < results; ++k) value[w][k] = Op::identity;
    }
    void add(const Results& other) {
      for (int w = 0; w < width; ++w)
        for (int k = 0; k < results; ++k) value[w][k] = Op::combine(value[w][k], other.value[w][k]);
    }
  };

  // The parameters and results of `width` vectors of columns.
  template <int width, class At, class Body>
  void strip(int64_t start, int64_t rows, int64_t columns, int64_t column, At part, const Body& body) const {
    V p[width][parameters > 0 ? parameters : 1];
    for (int w = 0; w < width; ++w)
      for (int k = 0; k < parameters; ++k) p[w][k] = load(parameter[k] + column + w * lanes, part);
    // Results of blocks, and of blocks of blocks, keep the error of long sums small.
    constexpr int64_t block = 64, large_block = block * block;
    Results<width> total;
    for (int64_t large = 0; large < rows; large += large_block) {
      const int64_t large_end = rows - large < large_block ? rows : large + large_block;
      Results<width> large_result;
      for (int64_t small = large; small < large_end; small += block) {
        const int64_t end = large_end - small < block ? large_end : small + block;
        Results<width> result_of_block;
        for (int64_t row = small; row < end; ++row)
          for (int w = 0; w < width; ++w)
            body(start + row * columns + column + w * lanes, part, p[w], result_of_block.value[w]);
        large_result.add(result_of_block);
      }
      total.add(large_result);
    }
    for (int w = 0; w < width; ++w)
      for (int k = 0; k < results; ++k) store(result[k] + column + w * lanes, total.value[w][k], part);
  }

  template <class Body>
  void run_plain(int64_t start, int64_t rows, int64_t columns, const Body& body) const {
    int64_t column = 0;
    for (; column + 4 * lanes <= columns; column += 4 * lanes) strip<4>(start, rows, columns, column, Whole{}, body);
    for (; column + lanes <= columns; column += lanes) strip<1>(start, rows, columns, column, Whole{}, body);
    if (column < columns) strip<1>(start, rows, columns, column, Part{columns - column}, body);
  }

  // Short rows: `repeats` of them are worked on as one, and its results combined afterwards.
  template <class Body>
  void run_tiled(int64_t rows, int64_t columns, int64_t repeats, const Body& body) const {
    T parameter_tile[parameters > 0 ? parameters : 1][tile_size], result_tile[results > 0 ? results : 1][tile_size];
    ColumnPass tiled;
    const int64_t width = repeats * columns, tiled_rows = rows / repeats, rest = rows % repeats;
    for (int k = 0; k < parameters; ++k) {
      for (int64_t i = 0; i < width; ++i) parameter_tile[k][i] = parameter[k][i % columns];
      tiled.parameter[k] = parameter_tile[k];
    }
    for (int k = 0; k < results; ++k) tiled.result[k] = result_tile[k];
    tiled.run_plain(0, tiled_rows, width, body);
    if (rest > 0) run_plain(tiled_rows * width, rest, columns, body);
    for (int k = 0; k < results; ++k)
      for (int64_t column = 0; column < columns; ++column) {
        double folded = rest > 0 ? static_cast<double>(result[k][column]) : Op::identity;
        for (int64_t i = column; i < width; i += columns)
          folded = Op::combine(folded, static_cast<double>(result_tile[k][i]));
        result[k][column] = static_cast<T>(folded);
      }
  }
};

}  // namespace xtape::kernels::XTAPE_ISA
