#include "formulas/list.hpp"
#include "kernels/simd/reduction/columns.hpp"
#include "kernels/simd/normalization/normalization.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

// The gradient before the activation of deviation * scale + shift.
template <class Formula, class V>
V before_activation(const V& g, const V& deviation, const V& scale, const V& shift) {
  V y = 0;
  if constexpr (formulas::saves_output(Formula::saves)) y = Formula::value(deviation * scale + shift);
  return Formula::vjp(g, y, y);
}

}  // namespace

template <class Formula, class T>
void batch_norm(const T* x, const T* mean, const T* scale, const T* shift, T* y, int64_t rows, int64_t columns) {
  ColumnPass<Sum, 3, 0, T>{{mean, scale, shift}, {}}.run(
      rows, columns, [=](int64_t at, auto part, const auto& parameter, auto&) {
        store(y + at, Formula::value((load(x + at, part) - parameter[0]) * parameter[1] + parameter[2]), part);
      });
}

template <class Formula, class T>
void batch_norm_sums(const T* g, const T* x, const T* mean, const T* rstd, const T* scale, const T* shift, T* dgamma,
                     T* dbeta, int64_t rows, int64_t columns) {
  ColumnPass<Sum, 3, 2, T>{{mean, scale, shift}, {dgamma, dbeta}}.run(
      rows, columns, [=](int64_t at, auto part, const auto& parameter, auto& result) {
        const Vector<T> deviation = load(x + at, part) - parameter[0];
        const Vector<T> gradient =
            before_activation<Formula>(load(g + at, part), deviation, parameter[1], parameter[2]);
        result[0] += gradient * deviation;
        result[1] += gradient;
      });
  for (int64_t column = 0; column < columns; ++column) dgamma[column] *= rstd[column];
}

template <class Formula, class T>
void batch_norm_dx(const T* g, const T* x, const T* mean, const T* scale, const T* shift, const T* slope,
                   const T* offset, T* dx, int64_t rows, int64_t columns) {
  ColumnPass<Sum, 5, 0, T>{{mean, scale, shift, slope, offset}, {}}.run(
      rows, columns, [=](int64_t at, auto part, const auto& parameter, auto&) {
        const Vector<T> deviation = load(x + at, part) - parameter[0];
        const Vector<T> gradient =
            before_activation<Formula>(load(g + at, part), deviation, parameter[1], parameter[2]);
        store(dx + at, gradient * parameter[1] - deviation * parameter[3] - parameter[4], part);
      });
}

#define XTAPE_INSTANTIATE_FOR(Formula, T)                                                                              \
  template void batch_norm<formulas::Formula>(const T*, const T*, const T*, const T*, T*, int64_t, int64_t);           \
  template void batch_norm_sums<formulas::Formula>(const T*, const T*, const T*, const T*, const T*, const T*, T*, T*, \
                                                   int64_t, int64_t);                                                  \
  template void batch_norm_dx<formulas::Formula>(const T*, const T*, const T*, const T*, const T*, const T*, const T*, \
                                                 T*, int64_t, int64_t);
#define XTAPE_INSTANTIATE(Formula) XTAPE_INSTANTIATE_FOR(Formula, float) XTAPE_INSTANTIATE_FOR(Formula, double)
XTAPE_FUSED_FORMULAS(XTAPE_INSTANTIATE)

}  // namespace xtape::kernels::XTAPE_ISA
