#include "kernels/simd/reduction/columns.hpp"
#include "kernels/simd/reduction/reduce.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

template <class Op, class T>
void fold_plain(const T* x, T* y, int64_t rows, int64_t columns) {
  ColumnPass<Op, 0, 1, T>{{nullptr}, {y}}.run(rows, columns, [&](int64_t at, auto part, const auto&, auto& result) {
    result[0] = Op::combine(result[0], load(x + at, part));
  });
}

}  // namespace

template <class T>
void fold_columns(Fold op, const T* x, const T* center, T* y, int64_t rows, int64_t columns) {
  const ColumnPass<Sum, 1, 1, T> centered{{center}, {y}};
  switch (op) {
    case Fold::sum:
      return fold_plain<Sum>(x, y, rows, columns);
    case Fold::product:
      return fold_plain<Product>(x, y, rows, columns);
    case Fold::max:
      return fold_plain<Max>(x, y, rows, columns);
    case Fold::min:
      return fold_plain<Min>(x, y, rows, columns);
    case Fold::squared_deviations:
      return centered.run(rows, columns, [&](int64_t at, auto part, const auto& parameter, auto& result) {
        const auto deviation = load(x + at, part) - parameter[0];
        result[0] += deviation * deviation;
      });
    case Fold::exponentials:
      return centered.run(rows, columns, [&](int64_t at, auto part, const auto& parameter, auto& result) {
        result[0] += exp(load(x + at, part) - parameter[0]);
      });
  }
}

template void fold_columns(Fold, const float*, const float*, float*, int64_t, int64_t);
template void fold_columns(Fold, const double*, const double*, double*, int64_t, int64_t);

}  // namespace xtape::kernels::XTAPE_ISA
