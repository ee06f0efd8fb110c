#include "kernels/simd/reduction/fold.hpp"
#include "kernels/simd/reduction/reduce.hpp"

namespace xtape::kernels::XTAPE_ISA {

template <class T>
void reduce_rows(Reduction op, const T* x, T* y, int64_t rows, int64_t columns) {
  with_op(op, [=]<class Op>(Op) {
    for (int64_t row = 0; row < rows; ++row) {
      const T* from = x + row * columns;
      y[row] = static_cast<T>(fold_row<Op, T>(columns, [&](int64_t at, auto part) { return load(from + at, part); }));
    }
  });
}

float largest_size(const float* x, int64_t n) {
  const double size = fold_row<Max, float>(n, [&](int64_t at, auto part) { return abs(load(x + at, part)); });
  return size < 0 ? 0 : static_cast<float>(size);
}

template void reduce_rows(Reduction, const float*, float*, int64_t, int64_t);
template void reduce_rows(Reduction, const double*, double*, int64_t, int64_t);

}  // namespace xtape::kernels::XTAPE_ISA
