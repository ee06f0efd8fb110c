#pragma once

#include "kernels/linalg/matrix.hpp"

namespace xtape::kernels {

// The product of kernels/linalg/gemm.hpp by the BLAS library, for positive dimensions, on the calling thread
// (PoolClaim sees to that).
template <class T>
void blas_gemm(T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta, const Matrix<T>& c);

// Whether the BLAS library has kernels for this CPU and can be told to compute on one thread. OpenBLAS takes a CPU newer
// than itself for one of 2004, and multiplies at a fifth of the speed; built for pthreads, it would start a team in each
// of our threads.
bool blas_is_fast();

}  // namespace xtape::kernels
