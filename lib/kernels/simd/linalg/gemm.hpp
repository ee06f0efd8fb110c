#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// clang-format off
#define XTAPE_GEMM_KERNELS(T)                                                                            \
  XTAPE_DECLARE_KERNEL(void gemm_block(bool transpose_a, bool transpose_b, int64_t m, int64_t n,         \
                                       int64_t k, T alpha, const T* a, int64_t lda, const T* b,          \
                                       int64_t ldb, T beta, T* c, int64_t ldc))                          \
  XTAPE_DECLARE_KERNEL(void vector_matrix(bool transpose, int64_t n, int64_t k, T alpha, const T* x,     \
                                          int64_t x_step, const T* matrix, int64_t ld, T beta, T* y,     \
                                          int64_t y_step))
// clang-format on

namespace xtape::kernels {

// gemm_block: the product on one thread; m, n and k are positive.
// vector_matrix: y = alpha * x * op(matrix) + beta * y for a vector x of k elements x_step apart, an op(matrix)
// of [k, n] with rows of length ld as stored, and a y of n elements y_step apart.
XTAPE_GEMM_KERNELS(float)
XTAPE_GEMM_KERNELS(double)
#undef XTAPE_GEMM_KERNELS

}  // namespace xtape::kernels
