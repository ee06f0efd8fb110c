#include "formulas/list.hpp"
#include "kernels/simd/elementwise/elementwise.hpp"

// Plain loops: the compiler turns them into vector compares and packs the results.
namespace xtape::kernels::XTAPE_ISA {

template <class Formula, class T>
void compare(const T* a, int64_t row_a, int64_t step_a, const T* b, int64_t row_b, int64_t step_b, bool* y,
             int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, a += row_a, b += row_b, y += columns) {
    if (step_a && step_b) {
      for (int64_t i = 0; i < columns; ++i) y[i] = Formula::value(a[i], b[i]);
    } else if (step_a) {
      const T b0 = b[0];
      for (int64_t i = 0; i < columns; ++i) y[i] = Formula::value(a[i], b0);
    } else if (step_b) {
      const T a0 = a[0];
      for (int64_t i = 0; i < columns; ++i) y[i] = Formula::value(a0, b[i]);
    } else {
      const bool same = Formula::value(a[0], b[0]);
      for (int64_t i = 0; i < columns; ++i) y[i] = same;
    }
  }
}

#define XTAPE_INSTANTIATE_COMPARE_FOR(Formula, T)                                                                  \
  template void compare<formulas::Formula>(const T*, int64_t, int64_t, const T*, int64_t, int64_t, bool*, int64_t, \
                                           int64_t);
#define XTAPE_INSTANTIATE_COMPARE(Formula)        \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, float)   \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, double)  \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, int64_t) \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, int32_t) \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, uint8_t) \
  XTAPE_INSTANTIATE_COMPARE_FOR(Formula, bool)
XTAPE_COMPARISONS(XTAPE_INSTANTIATE_COMPARE)

}  // namespace xtape::kernels::XTAPE_ISA
