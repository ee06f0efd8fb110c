#pragma once

#include <cstdint>

namespace xtape::kernels {

// c = alpha * op(a) * op(b) + beta * c for float and double, row-major; op(x) is x or its transpose.
// op(a) is [m, k], op(b) is [k, n], c is [m, n]; lda, ldb and ldc are the distances between the rows as
// stored, before any transposition. Where beta is 0, c is written without being read. Any of m, n, k may be 0.
template <class T>
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
          const T* b, int64_t ldb, T beta, T* c, int64_t ldc);

// The same for `batch` matrices, which start stride_a, stride_b and stride_c elements apart. A stride_a or
// stride_b of 0 uses one matrix for all of them.
template <class T>
void batched_gemm(int64_t batch, bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha,
                  const T* a, int64_t lda, int64_t stride_a, const T* b, int64_t ldb, int64_t stride_b, T beta, T* c,
                  int64_t ldc, int64_t stride_c);

}  // namespace xtape::kernels
