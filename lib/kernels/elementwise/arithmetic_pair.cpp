#include "kernels/elementwise/arithmetic_pair.hpp"

#include "core/parallel.hpp"
#include "formulas/list.hpp"
#include "kernels/simd/elementwise/arithmetic_pair.hpp"

namespace xtape::kernels {

template <class First, class Second, bool swapped>
void arithmetic_pair(const float* a, const float* b, int64_t step_b, const float* c, int64_t step_c, float* y,
                     int64_t n) {
  constexpr int64_t grain = 1 << 15;
  core::parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(arithmetic_pair<First, Second, swapped>(a + begin, b + begin * step_b, step_b, c + begin * step_c,
                                                           step_c, y + begin, end - begin));
  });
}

#define XTAPE_INSTANTIATE(First, Second, swapped)                            \
  template void arithmetic_pair<formulas::First, formulas::Second, swapped>( \
      const float*, const float*, int64_t, const float*, int64_t, float*, int64_t);
XTAPE_ARITHMETIC_PAIRS(XTAPE_INSTANTIATE)

}  // namespace xtape::kernels
