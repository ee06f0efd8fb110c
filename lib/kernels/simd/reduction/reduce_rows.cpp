#include "kernels/simd/reduction/fold.hpp"
#include "kernels/simd/reduction/reduce.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

template <class Op, class T>
void fold_rows(const T* x, T* y, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row) {
    const T* from = x + row * columns;
    y[row] = static_cast<T>(fold_row<Op, T>(columns, [&](int64_t at, auto part) { return load(from + at, part); }));
  }
}

}  // namespace

template <class T>
void reduce_rows(Reduction op, const T* x, T* y, int64_t rows, int64_t columns) {
  switch (op) {
    case Reduction::sum:
      return fold_rows<Sum>(x, y, rows, columns);
    case Reduction::max:
      return fold_rows<Max>(x, y, rows, columns);
    case Reduction::min:
      return fold_rows<Min>(x, y, rows, columns);
  }
}

template void reduce_rows(Reduction, const float*, float*, int64_t, int64_t);
template void reduce_rows(Reduction, const double*, double*, int64_t, int64_t);

}  // namespace xtape::kernels::XTAPE_ISA
