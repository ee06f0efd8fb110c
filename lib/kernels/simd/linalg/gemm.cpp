#include "kernels/simd/linalg/gemm.hpp"

#include <cstddef>
#include <cstdint>

#include "kernels/simd/copy/transpose.hpp"
#include "kernels/simd/linalg/narrow_product.hpp"
#include "kernels/simd/linalg/tile_rows.hpp"
#include "kernels/simd/reduction/fold.hpp"
#include "kernels/simd/reduction/partial.hpp"

// A tile of c, `rows` by two vectors, stays in registers while the kernel runs over k: a row of b is loaded
// once for all rows of the tile, an element of a is broadcast. a is read where it is, whatever its
// strides; b too where its rows are contiguous and it is small or used by few tiles, else it is copied in panels
// that fit the L1 cache.
namespace xtape::kernels::XTAPE_ISA {
namespace {

constexpr int64_t panel_depth = 256;        // rows of b in a panel: 32 KB at two vectors of 512 bits
constexpr int64_t chunk_rows = 480;         // of a, which stay in the L2 cache while all panels use them
constexpr int64_t copy_from_tile_rows = 4;  // a panel that this many tiles use is worth a copy

template <class T>
constexpr int64_t width = xsimd::batch<T>::size;

template <class T>
struct Operands {
  int64_t k;
  const T* a;
  int64_t a_row, a_column;  // steps of a
  const T* b;
  int64_t b_row;  // step of b; its columns are contiguous
  T alpha, beta;
  T* c;
  int64_t c_row;
  int64_t columns;  // of the tile
};

// Where `Whole`, the tile has all Vectors * width columns.
template <class T, int Rows, int Vectors, bool Whole>
void tile(const Operands<T>& operands) {
  using Batch = xsimd::batch<T>;
  const Operands<T> o = operands;  // a copy, which stores to c leave alone
  const Partial<T> last(o.columns - (Vectors - 1) * width<T>);
  const auto load = [&last](const T* p, int v) {
    return Whole || v + 1 < Vectors ? Batch::load_unaligned(p + v * width<T>) : last.load(p + v * width<T>);
  };
  const auto store = [&last](T* p, int v, Batch value) {
    if (Whole || v + 1 < Vectors)
      value.store_unaligned(p + v * width<T>);
    else
      last.store(p + v * width<T>, value);
  };
  Batch sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) sum[i][v] = Batch(T(0));
  // One pointer for three rows: an address can add the distance between rows once or twice for free, and there are too
  // few registers for a pointer to each row.
  constexpr int pointers = (Rows + 2) / 3;
  const T* a[pointers];
#pragma GCC unroll 4
  for (int g = 0; g < pointers; ++g) a[g] = o.a + 3 * g * o.a_row;
  const T* b = o.b;
  for (int64_t p = 0; p < o.k; ++p) {
    Batch row[Vectors];
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) row[v] = load(b, v);
#pragma GCC unroll 16
    for (int i = 0; i < Rows; ++i) {
      const Batch element(a[i / 3][i % 3 * o.a_row]);
#pragma GCC unroll 4
      for (int v = 0; v < Vectors; ++v) sum[i][v] = xsimd::fma(element, row[v], sum[i][v]);
    }
#pragma GCC unroll 4
    for (int g = 0; g < pointers; ++g) a[g] += o.a_column;
    b += o.b_row;
  }
  const Batch alpha(o.alpha), beta(o.beta);
  const bool adds = o.beta != T(0);
#pragma GCC unroll 16
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      T* c = o.c + i * o.c_row;
      const Batch value = sum[i][v] * alpha;
      store(c, v, adds ? xsimd::fma(load(c, v), beta, value) : value);
    }
}

template <class T, int Rows>
void tile_of_rows(int64_t rows, const Operands<T>& o) {
  if constexpr (Rows > 1)
    if (rows < Rows) return tile_of_rows<T, Rows - 1>(rows, o);
  if (o.columns == 2 * width<T>)
    tile<T, Rows, 2, true>(o);
  else if (o.columns > width<T>)
    tile<T, Rows, 2, false>(o);
  else
    tile<T, Rows, 1, false>(o);
}

int64_t quotient_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// All rows of c, in tiles of about the same height.
template <class T>
void column_of_tiles(int64_t m, Operands<T> o) {
  const int64_t tiles = quotient_up(m, tile_rows);
  const T* const a = o.a;
  T* const c = o.c;
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t begin = m * t / tiles;
    o.a = a + begin * o.a_row;
    o.c = c + begin * o.c_row;
    tile_of_rows<T, tile_rows>(m * (t + 1) / tiles - begin, o);
  }
}

// Copies a part of b, whose rows are contiguous, to rows of two vectors.
template <class T>
void copy_panel(const Matrix<const T>& part, T* panel) {
  using Batch = xsimd::batch<T>;
  const T* const b = part.data;
  const int64_t k = part.rows, columns = part.columns, ldb = part.step;
  if (columns == 2 * width<T>) {
    for (int64_t p = 0; p < k; ++p) {
      Batch::load_unaligned(b + p * ldb).store_aligned(panel + p * 2 * width<T>);
      Batch::load_unaligned(b + p * ldb + width<T>).store_aligned(panel + p * 2 * width<T> + width<T>);
    }
  } else {
    for (int64_t p = 0; p < k; ++p)
      for (int64_t j = 0; j < columns; ++j) panel[p * 2 * width<T> + j] = b[p * ldb + j];
  }
}

// The same where b is transposed: its columns are contiguous.
template <class T>
void transpose_panel(const Matrix<const T>& part, T* panel) {
  using Batch = xsimd::batch<T>;
  const T* const b = part.data;
  const int64_t k = part.rows, columns = part.columns, ldb = part.step;
  for (int64_t j = 0; j < columns; j += width<T>) {
    int64_t p = 0;
    if (columns - j >= width<T>) {
      for (; p + width<T> <= k; p += width<T>) {
        Batch square[width<T>];
        for (int64_t i = 0; i < width<T>; ++i) square[i] = Batch::load_unaligned(b + (j + i) * ldb + p);
        transpose_square(square);
        for (int64_t i = 0; i < width<T>; ++i) square[i].store_aligned(panel + (p + i) * 2 * width<T> + j);
      }
    }
    const int64_t end = columns - j < width<T> ? columns : j + width<T>;
    for (; p < k; ++p)
      for (int64_t i = j; i < end; ++i) panel[p * 2 * width<T> + i] = b[i * ldb + p];
  }
}

// y = alpha * x * b + beta * y for a contiguous row x and some columns of b.
template <class T>
struct RowProduct {
  T alpha;
  const T* x;
  Matrix<const T> b;
  T beta;
  T* y;
  int64_t y_step;
};

// For a transposed b, `Rows` columns, which are rows as stored: dot products.
template <class T, int Rows>
void dot_rows(const RowProduct<T>& product) {
  using Batch = xsimd::batch<T>;
  const auto [alpha, x, b, beta, y, y_step] = product;
  const T* const rows = b.data;
  const int64_t k = b.rows, ld = b.step;
  Batch sum[Rows][2];
  for (int i = 0; i < Rows; ++i) sum[i][0] = sum[i][1] = Batch(T(0));
  int64_t p = 0;
  for (; p + 2 * width<T> <= k; p += 2 * width<T>) {
    const Batch x0 = Batch::load_unaligned(x + p), x1 = Batch::load_unaligned(x + p + width<T>);
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) {
      sum[i][0] = xsimd::fma(x0, Batch::load_unaligned(rows + i * ld + p), sum[i][0]);
      sum[i][1] = xsimd::fma(x1, Batch::load_unaligned(rows + i * ld + p + width<T>), sum[i][1]);
    }
  }
  for (; p < k; p += width<T>) {
    const Partial<T> part(k - p < width<T> ? k - p : width<T>);
    const Batch x0 = part.load(x + p);
#pragma GCC unroll 4
    for (int i = 0; i < Rows; ++i) sum[i][0] = xsimd::fma(x0, part.load(rows + i * ld + p), sum[i][0]);
  }
  for (int i = 0; i < Rows; ++i) {
    const T value = alpha * fold<Sum>(Vector<T>(sum[i][0] + sum[i][1]));
    T& target = y[i * y_step];
    target = beta == T(0) ? value : value + beta * target;
  }
}

// For a b that is not, up to `Vectors` vectors of columns: sums of its rows.
template <class T, int Vectors>
void sum_rows(const RowProduct<T>& product) {
  using Batch = xsimd::batch<T>;
  const auto [alpha, x, b, beta, y, y_step] = product;
  const int64_t columns = b.columns;
  const Partial<T> last(columns - (Vectors - 1) * width<T>);
  Batch sum[Vectors];
  for (int v = 0; v < Vectors; ++v) sum[v] = Batch(T(0));
  for (int64_t p = 0; p < b.rows; ++p) {
    const Batch element(x[p]);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      const T* row = b.data + p * b.step + v * width<T>;
      sum[v] = xsimd::fma(element, v + 1 < Vectors ? Batch::load_unaligned(row) : last.load(row), sum[v]);
    }
  }
  alignas(64) T result[Vectors * width<T>];
  for (int v = 0; v < Vectors; ++v) (sum[v] * Batch(alpha)).store_aligned(result + v * width<T>);
  for (int64_t j = 0; j < columns; ++j) {
    T& target = y[j * y_step];
    target = beta == T(0) ? result[j] : result[j] + beta * target;
  }
}

}  // namespace

template <class T>
void gemm_block(T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta, const Matrix<T>& c) {
  const int64_t m = c.rows, n = c.columns, k = a.columns;
  if (n < width<T> && m >= 2 * width<T>) {
    return narrow_product(beta, c, [&](int64_t i, const Matrix<T>& to) {
      gemm_block<T>(alpha, b.transpose(), a.block(i, 0, to.columns, k).transpose(), T(0), to);
    });
  }
  constexpr int64_t panel_size = panel_depth * 2 * width<T>;
  const bool copied_b = b.transposed || (m >= copy_from_tile_rows * tile_rows && k * b.step > panel_size);
  alignas(64) T panel[panel_size];
  const int64_t blocks = quotient_up(k, panel_depth), chunks = quotient_up(m, chunk_rows);
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t p = k * block / blocks, depth = k * (block + 1) / blocks - p;
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      const int64_t i = m * chunk / chunks, rows = m * (chunk + 1) / chunks - i;
      Operands<T> o{depth,
                    a.at(i, p),
                    a.row_step(),
                    a.column_step(),
                    panel,
                    2 * width<T>,
                    alpha,
                    block == 0 ? beta : T(1),
                    nullptr,
                    c.step,
                    0};
      for (int64_t j = 0; j < n; j += 2 * width<T>) {
        o.columns = n - j < 2 * width<T> ? n - j : 2 * width<T>;
        o.c = c.data + i * c.step + j;
        const Matrix<const T> source = b.block(p, j, depth, o.columns);
        if (b.transposed) {
          transpose_panel(source, panel);
        } else if (copied_b) {
          copy_panel(source, panel);
        } else {
          o.b = source.data;
          o.b_row = b.step;
        }
        column_of_tiles<T>(rows, o);
      }
    }
  }
}

template <class T>
void vector_matrix(T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta, const Matrix<T>& c) {
  constexpr int64_t depth = 2048;
  T contiguous[depth];
  const int64_t n = c.columns, k = b.rows, a_step = a.column_step();
  for (int64_t p = 0; p < k; p += depth) {
    const int64_t part = k - p < depth ? k - p : depth;
    const T* x = a.data + p;
    if (a_step != 1) {
      for (int64_t i = 0; i < part; ++i) contiguous[i] = a.data[(p + i) * a_step];
      x = contiguous;
    }
    const T factor = p == 0 ? beta : T(1);
    // The product with `count` of the columns, from j on.
    const auto columns = [&](int64_t j, int64_t count) {
      return RowProduct<T>{alpha, x, b.block(p, j, part, count), factor, c.at(0, j), c.column_step()};
    };
    int64_t j = 0;
    if (b.transposed) {
      for (; j + 4 <= n; j += 4) dot_rows<T, 4>(columns(j, 4));
      for (; j < n; ++j) dot_rows<T, 1>(columns(j, 1));
    } else {
      for (; j + 8 * width<T> <= n; j += 8 * width<T>) sum_rows<T, 8>(columns(j, 8 * width<T>));
      for (; j < n; j += 2 * width<T>) {
        const int64_t rest = n - j;
        if (rest > width<T>)
          sum_rows<T, 2>(columns(j, rest < 2 * width<T> ? rest : 2 * width<T>));
        else
          sum_rows<T, 1>(columns(j, rest));
      }
    }
  }
}

#define XTAPE_INSTANTIATE(T)                                                                        \
  template void gemm_block(T, const Matrix<const T>&, const Matrix<const T>&, T, const Matrix<T>&); \
  template void vector_matrix(T, const Matrix<const T>&, const Matrix<const T>&, T, const Matrix<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
