#include "kernels/linalg/blas.hpp"

#include <complex>
#include <limits>
#include <string>
#include <type_traits>

#include <xtape/error.hpp>

// cxxblas takes its configuration and the std headers above from whoever includes it: without xblas_config.hpp
// before it, it multiplies in plain loops.
// clang-format off
#include <xtensor-blas/xblas_config.hpp>
#include <xflens/cxxblas/cxxblas.cxx>
// clang-format on

namespace xtape::kernels {
namespace {

xt::blas_index_t blas_index(int64_t value) {
  if (value > std::numeric_limits<xt::blas_index_t>::max())
    throw ValueError("gemm: a dimension of " + std::to_string(value) + " is more than the BLAS library can count");
  return static_cast<xt::blas_index_t>(value);
}

}  // namespace

template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, T alpha, const T* a, int64_t lda,
               const T* b, int64_t ldb, T beta, T* c, int64_t ldc) {
  cxxblas::gemm(cxxblas::RowMajor, transpose_a ? cxxblas::Trans : cxxblas::NoTrans,
                transpose_b ? cxxblas::Trans : cxxblas::NoTrans, blas_index(m), blas_index(n), blas_index(k), alpha, a,
                blas_index(lda), b, blas_index(ldb), beta, c, blas_index(ldc));
}

template void blas_gemm(bool, bool, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*, int64_t,
                        float, float*, int64_t);
template void blas_gemm(bool, bool, int64_t, int64_t, int64_t, double, const double*, int64_t, const double*, int64_t,
                        double, double*, int64_t);

}  // namespace xtape::kernels
