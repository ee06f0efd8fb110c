#include "kernels/reduction/integer_sum.hpp"

#include <algorithm>
#include <atomic>

#include "core/parallel.hpp"

namespace xtape::kernels {
namespace {

constexpr int64_t grain = 1 << 16;

// Whole numbers wrap around as unsigned ones do.
template <class T>
uint64_t sum_of(const T* x, int64_t n) {
  uint64_t total = 0;
  if constexpr (sizeof(T) == 1) {
    // In blocks whose sums fit 32 bits, of which a vector holds twice as many as of 64.
    for (int64_t begin = 0; begin < n; begin += grain) {
      const int64_t end = std::min(begin + grain, n);
      uint32_t part = 0;
      for (int64_t i = begin; i < end; ++i) part += x[i];
      total += part;
    }
  } else {
    for (int64_t i = 0; i < n; ++i) total += static_cast<uint64_t>(static_cast<int64_t>(x[i]));
  }
  return total;
}

// The order of parts does not matter: sums of whole numbers are exact.
template <class T>
uint64_t sum_by_parts(const T* x, int64_t n) {
  std::atomic<uint64_t> total = 0;
  core::parallel_for(n, grain, [&](int64_t begin, int64_t end) {
    total.fetch_add(sum_of(x + begin, end - begin), std::memory_order_relaxed);
  });
  return total.load(std::memory_order_relaxed);
}

}  // namespace

template <class T>
void integer_sum(const T* x, int64_t* y, const AxisView& view) {
  const int64_t inner = view.inner, size = view.size * inner;
  if (inner == 1 && size >= 2 * grain) {
    for (int64_t o = 0; o < view.outer; ++o) y[o] = static_cast<int64_t>(sum_by_parts(x + o * size, size));
    return;
  }
  core::parallel_for(view.outer, std::max<int64_t>(1, grain / std::max<int64_t>(size, 1)),
                     [&](int64_t begin, int64_t end) {
                       for (int64_t o = begin; o < end; ++o) {
                         const T* from = x + o * size;
                         int64_t* to = y + o * inner;
                         if (inner == 1) {
                           *to = static_cast<int64_t>(sum_of(from, size));
                           continue;
                         }
                         std::fill(to, to + inner, 0);
                         for (int64_t row = 0; row < view.size; ++row, from += inner) {
                           for (int64_t i = 0; i < inner; ++i) {
                             to[i] = static_cast<int64_t>(static_cast<uint64_t>(to[i]) +
                                                          static_cast<uint64_t>(static_cast<int64_t>(from[i])));
                           }
                         }
                       }
                     });
}

template void integer_sum(const int64_t*, int64_t*, const AxisView&);
template void integer_sum(const int32_t*, int64_t*, const AxisView&);
template void integer_sum(const uint8_t*, int64_t*, const AxisView&);
template void integer_sum(const bool*, int64_t*, const AxisView&);

}  // namespace xtape::kernels
