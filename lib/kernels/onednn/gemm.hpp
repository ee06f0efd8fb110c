#pragma once

#include "kernels/linalg/matrix.hpp"

namespace xtape::kernels {

// The product of kernels/linalg/gemm.hpp on oneDNN, for positive dimensions, with the threads that the calling thread's
// OpenMP setting allows. Returns false, having done nothing, where oneDNN is absent.
bool onednn_gemm(float alpha, const Matrix<const float>& a, const Matrix<const float>& b, float beta,
                 const Matrix<float>& c);

}  // namespace xtape::kernels
