#include "kernels/gemm.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/blas.hpp"

namespace xtape::kernels {
namespace {

// Multiply-adds below which one thread is as fast as several; OpenBLAS itself starts none below 2^18.
constexpr int64_t parallel_work = int64_t{1} << 18;

template <class T>
void scale(int64_t m, int64_t n, T beta, T* c, int64_t ldc) {
  for (int64_t i = 0; i < m; ++i) {
    T* row = c + i * ldc;
    for (int64_t j = 0; j < n; ++j) row[j] = beta == T(0) ? T(0) : beta * row[j];
  }
}

// A leading dimension of a matrix with one row is never used, but BLAS checks it.
template <class T>
void serial_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
                 const T* b, int64_t ldb, T beta, T* c, int64_t ldc) {
  lda = std::max(lda, transpose_a ? m : k);
  ldb = std::max(ldb, transpose_b ? k : n);
  ldc = std::max(ldc, n);
  blas_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

}  // namespace

template <class T>
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
          const T* b, int64_t ldb, T beta, T* c, int64_t ldc) {
  if (m == 0 || n == 0) return;
  if (k == 0) return scale(m, n, beta, c, ldc);
  if (m * n * k < parallel_work)
    return serial_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  const core::PoolClaim claim;
  serial_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
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
