#include "kernels/reduce.hpp"

#include <algorithm>
#include <type_traits>

#include "core/parallel.hpp"

namespace xtape::kernels {
namespace {

constexpr int64_t grain = 1 << 15;

// Calls body(outer_index, inner_begin, inner_end) over the results.
template <class Body>
void for_results(int64_t outer, int64_t reduced, int64_t inner, const Body& body) {
  const int64_t cost = std::max<int64_t>(1, reduced);
  core::parallel_for(outer * inner, std::max<int64_t>(1, grain / cost), [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t row = begin / inner;
      const int64_t stop = std::min(end, (row + 1) * inner);
      body(row, begin - row * inner, stop - row * inner);
      begin = stop;
    }
  });
}

// Halves added up separately keep the rounding error small.
template <class T>
T pairwise_sum(const T* x, int64_t n) {
  if (n <= 128) {
    T lanes[16] = {};
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
      for (int k = 0; k < 16; ++k) lanes[k] += x[i + k];
    }
    T total = 0;
    for (; i < n; ++i) total += x[i];
    for (T lane : lanes) total += lane;
    return total;
  }
  const int64_t half = n / 2 / 16 * 16;
  return pairwise_sum(x, half) + pairwise_sum(x + half, n - half);
}

template <class T>
bool is_nan(T x) {
  return x != x;
}

template <class T, class Better>
void extremum(const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner, Better better) {
  for_results(outer, reduced, inner, [&](int64_t row, int64_t begin, int64_t end) {
    const T* from = x + row * reduced * inner;
    T* to = y + row * inner;
    std::copy(from + begin, from + end, to + begin);
    for (int64_t r = 1; r < reduced; ++r) {
      for (int64_t i = begin; i < end; ++i) {
        const T value = from[r * inner + i];
        to[i] = better(value, to[i]) || is_nan(value) ? value : to[i];
      }
    }
  });
}

template <class T, class Better>
void position(const T* x, int64_t* y, int64_t outer, int64_t reduced, int64_t inner, Better better) {
  for_results(outer, reduced, inner, [&](int64_t row, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const T* from = x + row * reduced * inner + i;
      int64_t best = 0;
      for (int64_t r = 1; r < reduced && !is_nan(from[best * inner]); ++r) {
        if (better(from[r * inner], from[best * inner]) || is_nan(from[r * inner])) best = r;
      }
      y[row * inner + i] = best;
    }
  });
}

constexpr auto greater = [](auto a, auto b) { return a > b; };
constexpr auto less = [](auto a, auto b) { return a < b; };

}  // namespace

template <class T>
void sum(const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner) {
  if (inner == 1) {
    for_results(outer, reduced, 1, [&](int64_t row, int64_t, int64_t) {
      y[row] = pairwise_sum(x + row * reduced, reduced);
    });
    return;
  }
  for_results(outer, reduced, inner, [&](int64_t row, int64_t begin, int64_t end) {
    T* to = y + row * inner;
    std::fill(to + begin, to + end, T(0));
    for (int64_t r = 0; r < reduced; ++r) {
      const T* from = x + (row * reduced + r) * inner;
      for (int64_t i = begin; i < end; ++i) to[i] += from[i];
    }
  });
}

template <class T>
void max(const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner) {
  extremum(x, y, outer, reduced, inner, greater);
}
template <class T>
void min(const T* x, T* y, int64_t outer, int64_t reduced, int64_t inner) {
  extremum(x, y, outer, reduced, inner, less);
}
template <class T>
void argmax(const T* x, int64_t* y, int64_t outer, int64_t reduced, int64_t inner) {
  position(x, y, outer, reduced, inner, greater);
}
template <class T>
void argmin(const T* x, int64_t* y, int64_t outer, int64_t reduced, int64_t inner) {
  position(x, y, outer, reduced, inner, less);
}

#define XTAPE_INSTANTIATE(T)                                           \
  template void sum<T>(const T*, T*, int64_t, int64_t, int64_t);       \
  template void max<T>(const T*, T*, int64_t, int64_t, int64_t);       \
  template void min<T>(const T*, T*, int64_t, int64_t, int64_t);       \
  template void argmax<T>(const T*, int64_t*, int64_t, int64_t, int64_t); \
  template void argmin<T>(const T*, int64_t*, int64_t, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
XTAPE_INSTANTIATE(int64_t)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
