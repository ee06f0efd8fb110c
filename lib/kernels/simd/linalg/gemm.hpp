#pragma once

#include "kernels/isa.hpp"
#include "kernels/linalg/matrix.hpp"

// The products of kernels/linalg/gemm.hpp on one thread, for positive dimensions.
namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class T> void gemm_block(T alpha, const Matrix<const T>& a, const Matrix<const T>& b,
                                                        T beta, const Matrix<T>& c))
// The same for an a and a c of one row each, which may be transposed: their elements may lie apart.
XTAPE_DECLARE_KERNEL(template <class T> void vector_matrix(T alpha, const Matrix<const T>& a, const Matrix<const T>& b,
                                                           T beta, const Matrix<T>& c))

}  // namespace xtape::kernels
