#pragma once

#include <cstdint>

namespace xtape::kernels {

// The product of kernels/linalg/gemm.hpp on oneDNN, for positive dimensions, with the threads that the calling thread's
// OpenMP setting allows. Returns false, having done nothing, where oneDNN is absent.
bool onednn_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha, const float* a,
                 int64_t lda, const float* b, int64_t ldb, float beta, float* c, int64_t ldc);

}  // namespace xtape::kernels
