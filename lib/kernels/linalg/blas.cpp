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
void blas_gemm(T alpha, const Matrix<const T>& a, const Matrix<const T>& b, T beta, const Matrix<T>& c) {
  cxxblas::gemm(cxxblas::RowMajor, a.transposed ? cxxblas::Trans : cxxblas::NoTrans,
                b.transposed ? cxxblas::Trans : cxxblas::NoTrans, blas_index(c.rows), blas_index(c.columns),
                blas_index(a.columns), alpha, a.data, blas_index(a.step), b.data, blas_index(b.step), beta, c.data,
                blas_index(c.step));
}

template void blas_gemm(float, const Matrix<const float>&, const Matrix<const float>&, float, const Matrix<float>&);
template void blas_gemm(double, const Matrix<const double>&, const Matrix<const double>&, double,
                        const Matrix<double>&);

}  // namespace xtape::kernels
