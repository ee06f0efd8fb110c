#include "kernels/simd/linalg/gemm.hpp"

#include <cstddef>
#include <cstdint>

#include "kernels/simd/linalg/narrow_product.hpp"
#include "kernels/simd/reduction/partial.hpp"
#include "kernels/simd/copy/transpose.hpp"

// A tile of c, `rows` by two vectors, stays in registers while the kernel runs over k: a row of op(b) is loaded
// once for all rows of the tile, an element of op(a) is broadcast. op(a) is read where it is, whatever its
// strides; op(b) too where its rows are contiguous and it is small or used by few tiles, else it is copied in panels
// that fit the L1 cache.
namespace xtape::kernels::XTAPE_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int tile_rows = 12;  // of 32 registers: 24 sums, two of op(b), one broadcast
#elif defined(__AVX2__)
constexpr int tile_rows = 6;  // of 16 registers: 12 sums
#else
constexpr int tile_rows = 4;  // of 16 registers: 8 sums; a product needs one of its own without FMA
#endif
constexpr int64_t panel_depth = 256;        // rows of op(b) in a panel: 32 KB at two vectors of 512 bits
constexpr int64_t chunk_rows = 480;         // of op(a), which stay in the L2 cache while all panels use them
constexpr int64_t copy_from_tile_rows = 4;  // a panel that this many tiles use is worth a copy

template <class T>
constexpr int64_t width = xsimd::batch<T>::size;

template <class T>
struct Operands {
  int64_t k;
  const T* a;
  int64_t a_row, a_column;  // steps of op(a)
  const T* b;
  int64_t b_row;  // step of op(b); its columns are contiguous
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

// Copies rows of op(b), whose columns are contiguous, to rows of two vectors.
template <class T>
void copy_panel(int64_t k, int64_t columns, const T* b, int64_t ldb, T* panel) {
  using Batch = xsimd::batch<T>;
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

// The same where b is stored transposed: its rows are columns of op(b).
template <class T>
void transpose_panel(int64_t k, int64_t columns, const T* b, int64_t ldb, T* panel) {
  using Batch = xsimd::batch<T>;
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

template <class T>
void gemm_serial(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
                 const T* b, int64_t ldb, T beta, T* c, int64_t ldc) {
  if (n < width<T> && m >= 2 * width<T>) {
    return narrow_product(m, n, beta, c, ldc, [&](int64_t i, int64_t rows, T* to, int64_t ld) {
      gemm_serial(!transpose_b, !transpose_a, n, rows, k, alpha, b, ldb, a + i * (transpose_a ? 1 : lda), lda, T(0), to,
                  ld);
    });
  }
  constexpr int64_t panel_size = panel_depth * 2 * width<T>;
  const bool copied_b = transpose_b || (m >= copy_from_tile_rows * tile_rows && k * ldb > panel_size);
  alignas(64) T panel[panel_size];
  const int64_t a_row = transpose_a ? 1 : lda, a_column = transpose_a ? lda : 1;
  const int64_t blocks = quotient_up(k, panel_depth), chunks = quotient_up(m, chunk_rows);
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t p = k * block / blocks, depth = k * (block + 1) / blocks - p;
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      const int64_t i = m * chunk / chunks, rows = m * (chunk + 1) / chunks - i;
      Operands<T> o{depth, a + i * a_row + p * a_column, a_row,   a_column, panel, 2 * width<T>,
                    alpha, block == 0 ? beta : T(1),     nullptr, ldc,      0};
      for (int64_t j = 0; j < n; j += 2 * width<T>) {
        o.columns = n - j < 2 * width<T> ? n - j : 2 * width<T>;
        o.c = c + i * ldc + j;
        const T* source = transpose_b ? b + j * ldb + p : b + p * ldb + j;
        if (transpose_b) {
          transpose_panel(depth, o.columns, source, ldb, panel);
        } else if (copied_b) {
          copy_panel(depth, o.columns, source, ldb, panel);
        } else {
          o.b = source;
          o.b_row = ldb;
        }
        column_of_tiles<T>(rows, o);
      }
    }
  }
}

// y of one element for each row of b: dot products, four rows at a time.
template <class T, int Rows>
void dot_rows(int64_t k, T alpha, const T* x, const T* rows, int64_t ld, T beta, T* y, int64_t y_step) {
  using Batch = xsimd::batch<T>;
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
    const T value = alpha * xsimd::hadd(sum[i][0] + sum[i][1]);
    T& target = y[i * y_step];
    target = beta == T(0) ? value : value + beta * target;
  }
}

// y = x * b for rows of b, `Vectors` vectors of columns at a time.
template <class T, int Vectors>
void sum_rows(int64_t k, int64_t columns, T alpha, const T* x, const T* b, int64_t ldb, T beta, T* y, int64_t y_step) {
  using Batch = xsimd::batch<T>;
  const Partial<T> last(columns - (Vectors - 1) * width<T>);
  Batch sum[Vectors];
  for (int v = 0; v < Vectors; ++v) sum[v] = Batch(T(0));
  for (int64_t p = 0; p < k; ++p) {
    const Batch element(x[p]);
#pragma GCC unroll 8
    for (int v = 0; v < Vectors; ++v) {
      const T* row = b + p * ldb + v * width<T>;
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

template <class T>
void vector_matrix_kernel(bool transpose, int64_t n, int64_t k, T alpha, const T* x, int64_t x_step, const T* matrix,
                          int64_t ld, T beta, T* y, int64_t y_step) {
  constexpr int64_t depth = 2048;
  T contiguous[depth];
  for (int64_t p = 0; p < k; p += depth) {
    const int64_t part = k - p < depth ? k - p : depth;
    const T* vector = x + p;
    if (x_step != 1) {
      for (int64_t i = 0; i < part; ++i) contiguous[i] = x[(p + i) * x_step];
      vector = contiguous;
    }
    const T factor = p == 0 ? beta : T(1);
    int64_t j = 0;
    if (transpose) {
      for (; j + 4 <= n; j += 4)
        dot_rows<T, 4>(part, alpha, vector, matrix + j * ld + p, ld, factor, y + j * y_step, y_step);
      for (; j < n; ++j) dot_rows<T, 1>(part, alpha, vector, matrix + j * ld + p, ld, factor, y + j * y_step, y_step);
    } else {
      const T* rows = matrix + p * ld;
      for (; j + 8 * width<T> <= n; j += 8 * width<T>)
        sum_rows<T, 8>(part, 8 * width<T>, alpha, vector, rows + j, ld, factor, y + j * y_step, y_step);
      for (; j < n; j += 2 * width<T>) {
        const int64_t columns = n - j;
        if (columns > width<T>)
          sum_rows<T, 2>(part, columns < 2 * width<T> ? columns : 2 * width<T>, alpha, vector, rows + j, ld, factor,
                         y + j * y_step, y_step);
        else
          sum_rows<T, 1>(part, columns, alpha, vector, rows + j, ld, factor, y + j * y_step, y_step);
      }
    }
  }
}

}  // namespace

#define XTAPE_GEMM_KERNELS(T)                                                                                    \
  void gemm_block(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a,      \
                  int64_t lda, const T* b, int64_t ldb, T beta, T* c, int64_t ldc) {                             \
    gemm_serial(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);                         \
  }                                                                                                              \
  void vector_matrix(bool transpose, int64_t n, int64_t k, T alpha, const T* x, int64_t x_step, const T* matrix, \
                     int64_t ld, T beta, T* y, int64_t y_step) {                                                 \
    vector_matrix_kernel(transpose, n, k, alpha, x, x_step, matrix, ld, beta, y, y_step);                        \
  }
XTAPE_GEMM_KERNELS(float)
XTAPE_GEMM_KERNELS(double)
#undef XTAPE_GEMM_KERNELS

}  // namespace xtape::kernels::XTAPE_ISA
