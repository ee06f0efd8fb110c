#include "kernels/simd/elementwise/arithmetic_pair.hpp"

#include "formulas/list.hpp"
#include "kernels/elementwise/arithmetic_pair.hpp"
#include "kernels/simd/vector.hpp"

// Compiled without contraction (lib/CMakeLists.txt): a product is rounded before it is added to, as if both operations
// ran one after the other.
namespace xtape::kernels::XTAPE_ISA {

template <class First, class Second, bool swapped, bool b_stays, bool c_stays>
inline void pair(const float* a, const float* b, const float* c, float* y, int64_t n) {
  using V = Vector<float>;
  const auto value = [](const V& ai, const V& bi, const V& ci) {
    const V first = First::value(ai, bi);
    return swapped ? Second::value(ci, first) : Second::value(first, ci);
  };
  const V only_b = *b, only_c = *c;
  int64_t i = 0;
  for (; i + V::lanes <= n; i += V::lanes) {
    store(y + i, value(load(a + i), b_stays ? only_b : load(b + i), c_stays ? only_c : load(c + i)));
  }
  if (i == n) return;
  const Part rest{n - i};
  const V last_b = b_stays ? only_b : load(b + i, rest), last_c = c_stays ? only_c : load(c + i, rest);
  store(y + i, value(load(a + i, rest), last_b, last_c), rest);
}

template <class First, class Second, bool swapped>
void arithmetic_pair(const float* a, const float* b, int64_t step_b, const float* c, int64_t step_c, float* y,
                     int64_t n) {
  if (n == 0) return;
  if (step_b && step_c) return pair<First, Second, swapped, false, false>(a, b, c, y, n);
  if (step_b) return pair<First, Second, swapped, false, true>(a, b, c, y, n);
  if (step_c) return pair<First, Second, swapped, true, false>(a, b, c, y, n);
  pair<First, Second, swapped, true, true>(a, b, c, y, n);
}

#define XTAPE_INSTANTIATE(First, Second, swapped)                                                        \
  template void arithmetic_pair<formulas::First, formulas::Second, swapped>(                             \
      const float*, const float*, int64_t, const float*, int64_t, float*, int64_t);
XTAPE_ARITHMETIC_PAIRS(XTAPE_INSTANTIATE)

}  // namespace xtape::kernels::XTAPE_ISA
