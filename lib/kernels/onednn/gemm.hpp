#pragma once

#include "kernels/linalg/matrix.hpp"

namespace xtape::kernels {

// The product of kernels/linalg/gemm.hpp on oneDNN, for positive dimensions, on the calling thread: within a
// PoolClaim. Returns false, having done nothing, where oneDNN is absent.
bool onednn_gemm(float alpha, const Matrix<const float>& a, const Matrix<const float>& b, float beta,
                 const Matrix<float>& c);

}  // namespace xtape::kernels
