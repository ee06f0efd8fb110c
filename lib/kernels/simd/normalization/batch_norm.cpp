#include "formulas/list.hpp"
#include "kernels/simd/normalization/normalization.hpp"
#include "kernels/simd/reduction/columns.hpp"

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
void batch_norm(const BatchNorm<T>& norm) {
  ColumnPass<Sum, 3, 0, T>{{norm.mean, norm.scale, norm.shift}, {}}.run(
      norm.rows, norm.columns, [x = norm.x, y = norm.y](int64_t at, auto part, const auto& parameter, auto&) {
        store(y + at, Formula::value((load(x + at, part) - parameter[0]) * parameter[1] + parameter[2]), part);
      });
}

template <class Formula, class T>
void batch_norm_sums(const BatchNormVjp<T>& norm) {
  ColumnPass<Sum, 3, 2, T>{{norm.mean, norm.scale, norm.shift}, {norm.dgamma, norm.dbeta}}.run(
      norm.rows, norm.columns, [g = norm.g, x = norm.x](int64_t at, auto part, const auto& parameter, auto& result) {
        const Vector<T> deviation = load(x + at, part) - parameter[0];
        const Vector<T> gradient =
            before_activation<Formula>(load(g + at, part), deviation, parameter[1], parameter[2]);
        result[0] += gradient * deviation;
        result[1] += gradient;
      });
  for (int64_t column = 0; column < norm.columns; ++column) norm.dgamma[column] *= norm.rstd[column];
}

template <class Formula, class T>
void batch_norm_dx(const BatchNormVjp<T>& norm, const T* slope, const T* offset) {
  ColumnPass<Sum, 5, 0, T>{{norm.mean, norm.scale, norm.shift, slope, offset}, {}}.run(
      norm.rows, norm.columns,
      [g = norm.g, x = norm.x, dx = norm.dx](int64_t at, auto part, const auto& parameter, auto&) {
        const Vector<T> deviation = load(x + at, part) - parameter[0];
        const Vector<T> gradient =
            before_activation<Formula>(load(g + at, part), deviation, parameter[1], parameter[2]);
        store(dx + at, gradient * parameter[1] - deviation * parameter[3] - parameter[4], part);
      });
}

#define XTAPE_INSTANTIATE_FOR(Formula, T)                                   \
  template void batch_norm<formulas::Formula>(const BatchNorm<T>&);         \
  template void batch_norm_sums<formulas::Formula>(const BatchNormVjp<T>&); \
  template void batch_norm_dx<formulas::Formula>(const BatchNormVjp<T>&, const T*, const T*);
#define XTAPE_INSTANTIATE(activation, Formula) \
  XTAPE_INSTANTIATE_FOR(Formula, float)        \
  XTAPE_INSTANTIATE_FOR(Formula, double)
XTAPE_FUSED_ACTIVATIONS(XTAPE_INSTANTIATE)

}  // namespace xtape::kernels::XTAPE_ISA
