#include "kernels/simd/reduction/columns.hpp"
#include "kernels/simd/reduction/reduce.hpp"

namespace xtape::kernels::XTAPE_ISA {

template <class T>
void reduce_columns(Reduction op, const T* x, T* y, int64_t rows, int64_t columns) {
  with_op(op, [=]<class Op>(Op) {
    ColumnPass<Op, 0, 1, T>{{nullptr}, {y}}.run(rows, columns, [=](int64_t at, auto part, const auto&, auto& result) {
      result[0] = Op::combine(result[0], load(x + at, part));
    });
  });
}

template <class T>
void column_deviations(const T* x, const T* center, T* sums, T* squares, int64_t rows, int64_t columns) {
  ColumnPass<Sum, 1, 2, T>{{center}, {sums, squares}}.run(
      rows, columns, [&](int64_t at, auto part, const auto& parameter, auto& result) {
        const auto deviation = load(x + at, part) - parameter[0];
        result[0] += deviation;
        result[1] += deviation * deviation;
      });
}

#define XTAPE_INSTANTIATE(T)                                               \
  template void reduce_columns(Reduction, const T*, T*, int64_t, int64_t); \
  template void column_deviations(const T*, const T*, T*, T*, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
