#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/parallel.hpp"
#include "kernels/reduction/reduce.hpp"
#include "kernels/simd/reduction/reduce.hpp"
#include "kernels/support/dtypes.hpp"

namespace xtape::kernels {
namespace {

constexpr int64_t grain = 1 << 14;

template <bool largest, class T>
bool better(T candidate, T best) {
  if constexpr (std::is_floating_point_v<T>)
    if (candidate != candidate) return best == best;  // the first NaN wins
  return largest ? candidate > best : candidate < best;
}

template <bool largest, class T>
int64_t best_in_row(const T* x, int64_t n) {
  if constexpr (std::is_floating_point_v<T>) {
    if (n > 16) {  // the value by SIMD, then its place
      T best;
      XTAPE_DISPATCH(reduce_rows<T>(largest ? Reduction::max : Reduction::min, x, &best, 1, n));
      const bool is_nan = best != best;
      return std::find_if(x, x + n, [&](T value) { return value == best || (is_nan && value != value); }) - x;
    }
  }
  int64_t best = 0;
  for (int64_t i = 1; i < n; ++i)
    if (better<largest>(x[i], x[best])) best = i;
  return best;
}

template <bool largest, class T>
void best_in_columns(const T* x, int64_t* y, int64_t rows, int64_t columns) {
  constexpr int64_t strip = 128;
  for (int64_t start = 0; start < columns; start += strip) {
    const int64_t width = std::min(strip, columns - start);
    T best[strip];
    std::copy_n(x + start, width, best);
    std::fill_n(y + start, width, 0);
    for (int64_t row = 1; row < rows; ++row)
      for (int64_t i = 0; i < width; ++i) {
        const T value = x[row * columns + start + i];
        const bool wins = better<largest>(value, best[i]);
        best[i] = wins ? value : best[i];
        y[start + i] = wins ? row : y[start + i];
      }
  }
}

template <bool largest, class T>
void arg_best(const T* x, int64_t* y, const AxisView& view) {
  const int64_t outer = view.outer, reduced = view.size, inner = view.inner, size = reduced * inner;
  if (size == 0) return;
  core::parallel_for(outer, std::max<int64_t>(1, grain / size), [&](int64_t begin, int64_t end) {
    for (int64_t index = begin; index < end; ++index) {
      if (inner == 1)
        y[index] = best_in_row<largest>(x + index * size, reduced);
      else
        best_in_columns<largest>(x + index * size, y + index * inner, reduced, inner);
    }
  });
}

}  // namespace

template <class T>
void argmax(const T* x, int64_t* y, const AxisView& view) {
  arg_best<true>(x, y, view);
}

template <class T>
void argmin(const T* x, int64_t* y, const AxisView& view) {
  arg_best<false>(x, y, view);
}

#define XTAPE_INSTANTIATE(T)                                 \
  template void argmax(const T*, int64_t*, const AxisView&); \
  template void argmin(const T*, int64_t*, const AxisView&);
XTAPE_ALL_TYPES(XTAPE_INSTANTIATE)

}  // namespace xtape::kernels
