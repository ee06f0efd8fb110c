#include "kernels/onednn/gemm.hpp"

#include <dnnl.hpp>

namespace xtape::kernels {

bool onednn_gemm(float alpha, const Matrix<const float>& a, const Matrix<const float>& b, float beta,
                 const Matrix<float>& c) {
  return dnnl::sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', c.rows, c.columns, a.columns, alpha, a.data,
                     a.step, b.data, b.step, beta, c.data, c.step) == dnnl::status::success;
}

}  // namespace xtape::kernels
