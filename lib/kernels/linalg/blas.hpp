#pragma once

#include <cstdint>

namespace xtape::kernels {

// The BLAS library's gemm, with the threads that the calling thread's OpenMP setting allows. Dimensions are positive.
template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
               const T* b, int64_t ldb, T beta, T* c, int64_t ldc);

// Whether the BLAS library has kernels for this CPU and shares its threads with ours. OpenBLAS takes a CPU newer than
// itself for one of 2004, and multiplies at a fifth of the speed; built for pthreads, it would start a team in each of
// our threads.
bool blas_is_fast();

}  // namespace xtape::kernels
