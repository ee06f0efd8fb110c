#include "formulas/list.hpp"
#include "kernels/simd/elementwise/elementwise.hpp"

// Plain loops: the compiler turns them into vector compares and packs the results.
namespace xtape::kernels::XTAPE_ISA {

template <class Formula, class T>
void compare(const StridedRows<T>& a, const StridedRows<T>& b, bool* y, int64_t rows, int64_t columns) {
  const T *from_a = a.data, *from_b = b.data;
  for (int64_t row = 0; row < rows; ++row, from_a += a.row, from_b += b.row, y += columns) {
    if (a.step && b.step) {
      for (int64_t i = 0; i < columns; ++i) y[i] = Formula::value(from_a[i], from_b[i]);
    } else if (a.step) {
      const T b0 = from_b[0];
      for (int64_t i = 0; i < columns; ++i) y[i] = Formula::value(from_a[i], b0);
    } else if (b.step) {
      const T a0 = from_a[0];
      for (int64_t i = 0; i < columns; ++i) y[i] = Formula::value(a0, from_b[i]);
    } else {
      const bool same = Formula::value(from_a[0], from_b[0]);
      for (int64_t i = 0; i < columns; ++i) y[i] = same;
    }
  }
}

#define XTAPE_INSTANTIATE_COMPARE_FOR(Formula, T) \
  template void compare<formulas::Formula>(const StridedRows<T>&, const StridedRows<T>&, bool*, int64_t, int64_t);
#define XTAPE_INSTANTIATE_COMPARE(Formula)        \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, float)   \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, double)  \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, int64_t) \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, int32_t) \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, uint8_t) \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, bool)
XTAPE_COMPARISONS(XTAPE_INSTANTIATE_COMPARE)

}  // namespace xtape::kernels::XTAPE_ISA
