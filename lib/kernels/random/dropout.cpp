#include "kernels/random/dropout.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/simd/random/dropout.hpp"

namespace xtape::kernels {
namespace {

// Groups of 64 elements per thread below which a second thread costs more than it saves.
constexpr int64_t draw_grain = 512;
constexpr int64_t apply_grain = 1024;

}  // namespace

template <class T>
void dropout(const RandomState& state, double rate, int64_t n, const T* x, T* y, uint64_t* mask) {
  const auto dropped_below = static_cast<uint32_t>(rate * 4294967296.0);
  const T scale = static_cast<T>(1 / (1 - rate));
  core::parallel_for(dropout_mask_size(n), draw_grain, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(dropout({state.seed, state.offset, begin, end, n}, dropped_below, scale, x, y, mask));
  });
}

template <class T>
void apply_dropout_mask(double rate, int64_t n, const uint64_t* mask, const T* x, T* y) {
  const T scale = static_cast<T>(1 / (1 - rate));
  core::parallel_for(dropout_mask_size(n), apply_grain, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * 64;
    XTAPE_DISPATCH(apply_dropout_mask(std::min(end * 64, n) - first, scale, mask + begin, x + first, y + first));
  });
}

#define XTAPE_INSTANTIATE(T)                                                           \
  template void dropout(const RandomState&, double, int64_t, const T*, T*, uint64_t*); \
  template void apply_dropout_mask(double, int64_t, const uint64_t*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
