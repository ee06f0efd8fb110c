#include "kernels/simd/reduction/fold.hpp"
#include "kernels/simd/reduction/reduce.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

template <class Op, class T, class Map>
void fold_each(const T* x, T* y, int64_t rows, int64_t columns, const Map& map) {
  for (int64_t row = 0; row < rows; ++row) {
    const T* from = x + row * columns;
    y[row] = static_cast<T>(
        fold_row<Op, T>(columns, [&](int64_t at, auto part) { return map(load(from + at, part), row); }));
  }
}

}  // namespace

template <class T>
void fold_rows(Fold op, const T* x, const T* center, T* y, int64_t rows, int64_t columns) {
  using V = Vector<T>;
  const auto as_it_is = [](V value, int64_t) { return value; };
  switch (op) {
    case Fold::sum:
      return fold_each<Sum>(x, y, rows, columns, as_it_is);
    case Fold::product:
      return fold_each<Product>(x, y, rows, columns, as_it_is);
    case Fold::max:
      return fold_each<Max>(x, y, rows, columns, as_it_is);
    case Fold::min:
      return fold_each<Min>(x, y, rows, columns, as_it_is);
    case Fold::squared_deviations:
      return fold_each<Sum>(x, y, rows, columns, [&](V value, int64_t row) {
        const V deviation = value - center[row];
        return deviation * deviation;
      });
    case Fold::exponentials:
      return fold_each<Sum>(x, y, rows, columns, [&](V value, int64_t row) { return exp(value - center[row]); });
  }
}

template void fold_rows(Fold, const float*, const float*, float*, int64_t, int64_t);
template void fold_rows(Fold, const double*, const double*, double*, int64_t, int64_t);

}  // namespace xtape::kernels::XTAPE_ISA
