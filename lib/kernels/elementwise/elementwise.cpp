#include "kernels/elementwise/elementwise.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/simd/elementwise/elementwise.hpp"

namespace xtape::kernels {
namespace {

// Elements that are worth waking another thread for: most functions of one number cost more than a sum of two.
constexpr int64_t grain = 1 << 14;

}  // namespace

template <class Formula, class T>
void unary(const Formula& formula, const T* x, T* y, int64_t n) {
  core::parallel_for(
      n, grain, [&](int64_t begin, int64_t end) { XTAPE_DISPATCH(unary(formula, x + begin, y + begin, end - begin)); });
}

template <class Formula, class T>
void unary_vjp(const Formula& formula, const T* g, const T* x, const T* y, T* out, int64_t n) {
  core::parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    const T* x_part = x ? x + begin : nullptr;
    const T* y_part = y ? y + begin : nullptr;
    XTAPE_DISPATCH(unary_vjp(formula, g + begin, x_part, y_part, out + begin, end - begin));
  });
}

template <class Formula, class T>
void unary_dual(const Formula& formula, const T* x, const T* dx, T* y, T* dy, int64_t n) {
  // The second level cache still holds x and y of a block when its tangents' turn comes.
  constexpr int64_t block = (1 << 16) / sizeof(T);
  core::parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at += block) {
      const int64_t count = std::min(block, end - at);
      if constexpr (requires { requires Formula::one_pass; }) {
        XTAPE_DISPATCH(unary_dual(formula, x + at, dx + at, y + at, dy + at, count));
      } else {
        XTAPE_DISPATCH(unary(formula, x + at, y + at, count));
        XTAPE_DISPATCH(unary_vjp(formula, dx + at, x + at, y + at, dy + at, count));
      }
    }
  });
}

#define XTAPE_INSTANTIATE_FOR(Formula, T)                                                       \
  template void unary(const formulas::Formula&, const T*, T*, int64_t);                         \
  template void unary_vjp(const formulas::Formula&, const T*, const T*, const T*, T*, int64_t); \
  template void unary_dual(const formulas::Formula&, const T*, const T*, T*, T*, int64_t);
#define XTAPE_INSTANTIATE(Formula) XTAPE_INSTANTIATE_FOR(Formula, float) XTAPE_INSTANTIATE_FOR(Formula, double)
XTAPE_UNARY_FORMULAS(XTAPE_INSTANTIATE)

}  // namespace xtape::kernels
