#include "kernels/linalg/gemm.hpp"

#include <algorithm>
#include <type_traits>
#include <xtape/threads.hpp>

#include "core/parallel.hpp"
#include "kernels/linalg/blas.hpp"
#include "kernels/onednn/gemm.hpp"
#include "kernels/simd/linalg/gemm.hpp"
#include "kernels/support/workspace.hpp"

namespace xtape::kernels {
namespace {

// By multiply-adds, as measured (benchmarks/bench_ops):
// - below parallel_work, one thread is as fast as several;
// - below library_work, our own kernels are as fast as the best library (twice as fast below 32^3, where the
//   call itself counts); above it, oneDNN keeps its advance of up to 20 %, the larger the further away the operands
//   are, in memory or in another core's cache: it copies them first.
constexpr int64_t parallel_work = int64_t{1} << 18;
constexpr int64_t library_work = int64_t{1} << 22;

// Whether `length` is far beyond both others.
bool is_long(int64_t length, int64_t other, int64_t another) { return length >= 4 * std::max(other, another); }

template <class T>
void scale(int64_t m, int64_t n, T beta, T* c, int64_t ldc) {
  for (int64_t i = 0; i < m; ++i) {
    T* row = c + i * ldc;
    for (int64_t j = 0; j < n; ++j) row[j] = beta == T(0) ? T(0) : beta * row[j];
  }
}

// y = alpha * x * op(matrix) + beta * y for one row x; every element of the matrix is read once.
template <class T>
void row_times_matrix(bool transpose, int64_t n, int64_t k, T alpha, const T* x, int64_t x_step, const T* matrix,
                      int64_t ld, T beta, T* y, int64_t y_step) {
  core::parallel_for(n, std::max<int64_t>(parallel_work / k, 64), [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(vector_matrix(transpose, end - begin, k, alpha, x, x_step, matrix + begin * (transpose ? ld : 1), ld,
                                 beta, y + begin * y_step, y_step));
  });
}

// One thread's part of a product that has `whole_work` multiply-adds in all: they decide, so that all parts go the same
// way.
template <class T>
void gemm_part(int64_t whole_work, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha,
               const T* a, int64_t lda, const T* b, int64_t ldb, T beta, T* c, int64_t ldc) {
  if (whole_work >= library_work) {
    if constexpr (std::is_same_v<T, float>)
      if (onednn_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)) return;
    if (blas_is_fast()) return blas_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }
  XTAPE_DISPATCH(gemm_block(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc));
}

// Each part sums over a part of k, and the parts are added. Where c is small and k long, that costs little, a and b are
// read once in all, and of weights [k, n] each thread reads those that it updated and has in its cache.
template <class T>
void sum_of_parts(const core::PoolClaim& claim, int64_t parts, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                  int64_t k, T alpha, const T* a, int64_t lda, const T* b, int64_t ldb, T beta, T* c, int64_t ldc) {
  const Workspace sums(static_cast<size_t>((parts - 1) * m * n) * sizeof(T));
  core::for_parts(claim, parts, [&](int64_t part) {
    const int64_t begin = k * part / parts, depth = k * (part + 1) / parts - begin;
    T* to = part == 0 ? c : sums.as<T>() + (part - 1) * m * n;
    gemm_part(m * n * k, transpose_a, transpose_b, m, n, depth, alpha, a + begin * (transpose_a ? lda : 1), lda,
              b + begin * (transpose_b ? 1 : ldb), ldb, part == 0 ? beta : T(0), to, part == 0 ? ldc : n);
  });
  const T* from = sums.as<T>();
  for (int64_t row = 0; row < (parts - 1) * m; ++row, from += n) {
    T* to = c + row % m * ldc;
    for (int64_t j = 0; j < n; ++j) to[j] += from[j];
  }
}

// The least rows of a cell, and what its columns are a multiple of but for the last ones.
constexpr int64_t cell_step = 32;

struct Grid {
  int64_t down, across;
};

// The grid of most cells, up to `parts`, for c of m rows and n columns; of equal ones, that with most rows where there
// are at least as many rows as columns, as threads that write to the same rows are slowed by each other's prefetching,
// although no line has two writers; else that with most columns, as op(b) is what gets copied.
Grid grid_of(int64_t parts, int64_t m, int64_t n) {
  const int64_t most_down = std::max<int64_t>(m / cell_step, 1), most_across = (n + cell_step - 1) / cell_step;
  Grid best{1, 1};
  for (int64_t first = parts; first >= 1; --first) {
    const int64_t down = std::min(m < n ? parts / first : first, most_down);
    const int64_t across = std::min(parts / down, most_across);
    if (down * across > best.down * best.across) best = {down, across};
  }
  return best;
}

// A cell of c for each part.
template <class T>
void grid_of_parts(const core::PoolClaim& claim, int64_t parts, bool transpose_a, bool transpose_b, int64_t m,
                   int64_t n, int64_t k, T alpha, const T* a, int64_t lda, const T* b, int64_t ldb, T beta, T* c,
                   int64_t ldc) {
  const Grid grid = grid_of(parts, m, n);
  const int64_t panels = (n + cell_step - 1) / cell_step;
  core::for_parts(claim, grid.down * grid.across, [&](int64_t part) {
    const int64_t row = part / grid.across, column = part % grid.across;
    const int64_t i = m * row / grid.down, rows = m * (row + 1) / grid.down - i;
    const int64_t j = panels * column / grid.across * cell_step;
    const int64_t columns = std::min(panels * (column + 1) / grid.across * cell_step, n) - j;
    gemm_part(m * n * k, transpose_a, transpose_b, rows, columns, k, alpha, a + i * (transpose_a ? 1 : lda), lda,
              b + j * (transpose_b ? ldb : 1), ldb, beta, c + i * ldc + j, ldc);
  });
}

}  // namespace

template <class T>
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
          const T* b, int64_t ldb, T beta, T* c, int64_t ldc) {
  if (m == 0 || n == 0) return;
  if (k == 0) return scale(m, n, beta, c, ldc);
  if (m == 1) return row_times_matrix(transpose_b, n, k, alpha, a, transpose_a ? lda : 1, b, ldb, beta, c, int64_t{1});
  if (n == 1) return row_times_matrix(!transpose_a, m, k, alpha, b, transpose_b ? 1 : ldb, a, lda, beta, c, ldc);
  const int64_t work = m * n * k;
  if (work < 2 * parallel_work)
    return gemm_part(work, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  // By the setting, not by the threads that are free, so that the result does not depend on other callers.
  const int64_t parts = std::min<int64_t>(get_num_threads(), work / parallel_work);
  const core::PoolClaim claim;
  if (parts > 1 && is_long(k, m, n) && k >= 16 * parts * parts)
    sum_of_parts(claim, parts, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  else
    grid_of_parts(claim, parts, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

template <class T>
void batched_gemm(int64_t batch, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha,
                  const T* a, int64_t lda, int64_t stride_a, const T* b, int64_t ldb, int64_t stride_b, T beta, T* c,
                  int64_t ldc, int64_t stride_c) {
  // Whole matrices to each thread, unless a few large ones would leave threads idle.
  const int64_t work = std::max<int64_t>(m * n * k, 1);
  if (batch < 8 && work >= 8 * parallel_work) {
    for (int64_t i = 0; i < batch; ++i)
      gemm(transpose_a, transpose_b, m, n, k, alpha, a + i * stride_a, lda, b + i * stride_b, ldb, beta,
           c + i * stride_c, ldc);
    return;
  }
  core::parallel_for(batch, std::max<int64_t>(parallel_work / work, 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      gemm(transpose_a, transpose_b, m, n, k, alpha, a + i * stride_a, lda, b + i * stride_b, ldb, beta,
           c + i * stride_c, ldc);
  });
}

#define XTAPE_INSTANTIATE(T)                                                                                          \
  template void gemm(bool, bool, int64_t, int64_t, int64_t, T, const T*, int64_t, const T*, int64_t, T, T*, int64_t); \
  template void batched_gemm(int64_t, bool, bool, int64_t, int64_t, int64_t, T, const T*, int64_t, int64_t, const T*, \
                             int64_t, int64_t, T, T*, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
