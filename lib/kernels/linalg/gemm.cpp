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
void scale(T beta, const Matrix<T>& c) {
  for (int64_t i = 0; i < c.rows; ++i) {
    T* row = c.data + i * c.step;
    for (int64_t j = 0; j < c.columns; ++j) row[j] = beta == T(0) ? T(0) : beta * row[j];
  }
}

// The product for an a and a c of one row each, which may be transposed; every element of b is read once.
template <class T>
void row_times_matrix(T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta, const Matrix<T>& c) {
  core::parallel_for(c.columns, std::max<int64_t>(parallel_work / b.rows, 64), [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(
        vector_matrix(alpha, a, b.block(0, begin, b.rows, end - begin), beta, c.block(0, begin, 1, end - begin)));
  });
}

// One thread's part of a product that has `whole_work` multiply-adds in all: they decide, so that all parts go the same
// way.
template <class T>
void gemm_part(int64_t whole_work, T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta,
               const Matrix<T>& c) {
  if (whole_work >= library_work) {
    if constexpr (std::is_same_v<T, float>)
      if (onednn_gemm(alpha, a, b, beta, c)) return;
    if (blas_is_fast()) return blas_gemm(alpha, a, b, beta, c);
  }
  XTAPE_DISPATCH(gemm_block(alpha, a, b, beta, c));
}

// The product in `parts` parts, with threads claimed already.
template <class T>
struct ParallelGemm {
  const core::PoolClaim& claim;
  int64_t parts;
  T alpha;
  Matrix<const T> a, b;
  T beta;
  Matrix<T> c;
  int64_t work;  // multiply-adds
};

// Each part sums over a part of k, and the parts are added. Where c is small and k long, that costs little, a and b are
// read once in all, and of weights [k, n] each thread reads those that it updated and has in its cache.
template <class T>
void sum_of_parts(const ParallelGemm<T>& product) {
  const Matrix<T>& c = product.c;
  const int64_t m = c.rows, n = c.columns, k = product.a.columns, parts = product.parts;
  const Workspace sums(static_cast<size_t>((parts - 1) * m * n) * sizeof(T));
  core::for_parts(product.claim, parts, [&](int64_t part) {
    const int64_t begin = k * part / parts, depth = k * (part + 1) / parts - begin;
    const Matrix<T> to = part == 0 ? c : Matrix<T>{sums.as<T>() + (part - 1) * m * n, m, n, n};
    gemm_part(product.work, product.alpha, product.a.block(0, begin, m, depth), product.b.block(begin, 0, depth, n),
              part == 0 ? product.beta : T(0), to);
  });
  const T* from = sums.as<T>();
  for (int64_t row = 0; row < (parts - 1) * m; ++row, from += n) {
    T* to = c.data + row % m * c.step;
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
// although no line has two writers; else that with most columns, as b is what gets copied.
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
void grid_of_parts(const ParallelGemm<T>& product) {
  const Matrix<T>& c = product.c;
  const int64_t m = c.rows, n = c.columns, k = product.a.columns;
  const Grid grid = grid_of(product.parts, m, n);
  const int64_t panels = (n + cell_step - 1) / cell_step;
  core::for_parts(product.claim, grid.down * grid.across, [&](int64_t part) {
    const int64_t row = part / grid.across, column = part % grid.across;
    const int64_t i = m * row / grid.down, rows = m * (row + 1) / grid.down - i;
    const int64_t j = panels * column / grid.across * cell_step;
    const int64_t columns = std::min(panels * (column + 1) / grid.across * cell_step, n) - j;
    gemm_part(product.work, product.alpha, product.a.block(i, 0, rows, k), product.b.block(0, j, k, columns),
              product.beta, c.block(i, j, rows, columns));
  });
}

}  // namespace

template <class T>
void gemm(T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta, const Matrix<T>& c) {
  const int64_t m = c.rows, n = c.columns, k = a.columns;
  if (m == 0 || n == 0) return;
  if (k == 0) return scale(beta, c);
  if (m == 1) return row_times_matrix(alpha, a, b, beta, c);
  if (n == 1) return row_times_matrix(alpha, b.transpose(), a.transpose(), beta, c.transpose());
  const int64_t work = m * n * k;
  if (work < 2 * parallel_work) return gemm_part(work, alpha, a, b, beta, c);
  // By the setting, not by the threads that are free, so that the result does not depend on other callers.
  const int64_t parts = std::min<int64_t>(get_num_threads(), work / parallel_work);
  const core::PoolClaim claim;
  const ParallelGemm<T> product{claim, parts, alpha, a, b, beta, c, work};
  if (parts > 1 && is_long(k, m, n) && k >= 16 * parts * parts)
    sum_of_parts(product);
  else
    grid_of_parts(product);
}

template <class T>
void batched_gemm(const IterationPlan<2>& stacks, T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta,
                  const Matrix<T>& c) {
  const auto products = [&](int64_t begin, int64_t end) {
    Matrix<const T> left = a, right = b;
    Matrix<T> result = c;
    for (int64_t index = begin; index < end; ++index) {
      int64_t offset_a = 0, offset_b = 0, rest = index;
      for (int axis = stacks.rank - 1; axis >= 0; --axis) {
        const int64_t position = axis > 0 ? rest % stacks.sizes[axis] : rest;
        offset_a += position * stacks.strides[0][axis];
        offset_b += position * stacks.strides[1][axis];
        if (axis > 0) rest /= stacks.sizes[axis];
      }
      left.data = a.data + offset_a;
      right.data = b.data + offset_b;
      result.data = c.data + index * c.rows * c.columns;
      gemm(alpha, left, right, beta, result);
    }
  };
  // Whole matrices to each thread, unless a few large ones would leave threads idle.
  const int64_t batch = stacks.rows() * stacks.columns();
  const int64_t work = std::max<int64_t>(c.rows * c.columns * a.columns, 1);
  if (batch < 8 && work >= 8 * parallel_work) return products(0, batch);
  core::parallel_for(batch, std::max<int64_t>(parallel_work / work, 1), products);
}

#define XTAPE_INSTANTIATE(T)                                                                                \
  template void gemm(T, const Matrix<const T>&, const Matrix<const T>&, T, const Matrix<T>&);               \
  template void batched_gemm(const IterationPlan<2>&, T, const Matrix<const T>&, const Matrix<const T>&, T, \
                             const Matrix<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
