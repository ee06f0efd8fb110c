#include "kernels/simd/elementwise/bias_activation.hpp"

#include "formulas/list.hpp"
#include "kernels/simd/reduction/columns.hpp"

namespace xtape::kernels::XTAPE_ISA {

template <class Formula, class T>
void bias_activation(T* y, const T* bias, int64_t rows, int64_t columns) {
  ColumnPass<Sum, 1, 0, T>{{bias}, {}}.run(rows, columns, [=](int64_t at, auto part, const auto& parameter, auto&) {
    store(y + at, Formula::value(load(y + at, part) + parameter[0]), part);
  });
}

template <class Formula, class T>
void bias_activation_vjp(const T* g, const T* y, T* inner, T* bias_gradient, int64_t rows, int64_t columns) {
  using V = Vector<T>;
  ColumnPass<Sum, 0, 1, T>{{}, {bias_gradient}}.run(
      rows, columns, [=](int64_t at, auto part, const auto&, auto& result) {
        V output = 0;
        if constexpr (formulas::saves_output(Formula::saves)) output = load(y + at, part);
        const V gradient = Formula::vjp(load(g + at, part), output, output);
        if (inner) store(inner + at, gradient, part);
        result[0] += gradient;
      });
}

#define XTAPE_INSTANTIATE_FOR(Formula, T)                                           \
  template void bias_activation<formulas::Formula>(T*, const T*, int64_t, int64_t); \
  template void bias_activation_vjp<formulas::Formula>(const T*, const T*, T*, T*, int64_t, int64_t);
#define XTAPE_INSTANTIATE(activation, Formula) \
  XTAPE_INSTANTIATE_FOR(Formula, float)        \
  XTAPE_INSTANTIATE_FOR(Formula, double)
XTAPE_FUSED_ACTIVATIONS(XTAPE_INSTANTIATE)

}  // namespace xtape::kernels::XTAPE_ISA
