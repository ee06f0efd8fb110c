#include "kernels/simd/columns.hpp"
#include "kernels/simd/normalization.hpp"

namespace xtape::kernels::XTAPE_ISA {

template <class T>
void batch_norm(const T* x, const T* mean, const T* scale, const T* shift, T* y, int64_t rows, int64_t columns) {
  ColumnPass<Sum, 3, 0, T>{{mean, scale, shift}, {}}.run(
      rows, columns, [=](int64_t at, auto part, const auto& parameter, auto&) {
        store(y + at, (load(x + at, part) - parameter[0]) * parameter[1] + parameter[2], part);
      });
}

template <class T>
void batch_norm_sums(const T* g, const T* x, const T* mean, const T* rstd, T* dgamma, T* dbeta, int64_t rows,
                     int64_t columns) {
  ColumnPass<Sum, 1, 2, T>{{mean}, {dgamma, dbeta}}.run(
      rows, columns, [=](int64_t at, auto part, const auto& parameter, auto& result) {
        const Vector<T> gradient = load(g + at, part);
        result[0] += gradient * (load(x + at, part) - parameter[0]);
        result[1] += gradient;
      });
  for (int64_t column = 0; column < columns; ++column) dgamma[column] *= rstd[column];
}

template <class T>
void batch_norm_dx(const T* g, const T* x, const T* mean, const T* scale, const T* slope, const T* offset, T* dx,
                   int64_t rows, int64_t columns) {
  ColumnPass<Sum, 4, 0, T>{{mean, scale, slope, offset}, {}}.run(
      rows, columns, [=](int64_t at, auto part, const auto& parameter, auto&) {
        const Vector<T> deviation = load(x + at, part) - parameter[0];
        store(dx + at, load(g + at, part) * parameter[1] - deviation * parameter[2] - parameter[3], part);
      });
}

#define XTAPE_INSTANTIATE(T)                                                                       \
  template void batch_norm(const T*, const T*, const T*, const T*, T*, int64_t, int64_t);          \
  template void batch_norm_sums(const T*, const T*, const T*, const T*, T*, T*, int64_t, int64_t); \
  template void batch_norm_dx(const T*, const T*, const T*, const T*, const T*, const T*, T*, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)

}  // namespace xtape::kernels::XTAPE_ISA
