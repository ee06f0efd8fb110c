#include "kernels/random/random.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/parallel.hpp"
#include "kernels/simd/random/random.hpp"

namespace xtape::kernels {
namespace {

// Groups of 64 words per thread: below this a second thread costs more than it saves.
constexpr int64_t grain = 512;

template <class T>
constexpr int64_t group_elements = 256 / static_cast<int64_t>(sizeof(T));

int64_t groups_of(int64_t n, int64_t size) { return (n + size - 1) / size; }

}  // namespace

template <class T>
void random_uniform(const RandomState& state, int64_t n, T low, T high, T* out) {
  core::parallel_for(groups_of(n, group_elements<T>), grain, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(random_uniform<T>({state.seed, state.offset, begin, end, n}, low, high, out));
  });
}

template <class T>
void random_normal(const RandomState& state, int64_t n, T mean, T deviation, T* out) {
  core::parallel_for(groups_of(n, group_elements<T>), grain, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(random_normal<T>({state.seed, state.offset, begin, end, n}, mean, deviation, out));
  });
}


void random_integers(const RandomState& state, int64_t n, int64_t low, int64_t high, int64_t* out) {
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  const int64_t size = range <= uint64_t{1} << 32 ? 64 : 32;
  core::parallel_for(groups_of(n, size), grain, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(random_integers({state.seed, state.offset, begin, end, n}, low, range, out));
  });
}

void random_permutation(const RandomState& state, int64_t n, int64_t* out) {
  std::iota(out, out + n, int64_t{0});
  uint32_t words[64];
  int64_t used = 64;
  uint64_t offset = state.offset;
  for (int64_t i = n - 1; i > 0; --i) {
    if (used == 64) {
      XTAPE_DISPATCH(random_words(state.seed, offset, 1, words));
      offset += 16;
      used = 0;
    }
    // The upper half of a product with 64 random bits: the bias, below n / 2^64, is out of reach of any test.
    const uint64_t bits = uint64_t{words[used]} << 32 | words[used + 1];
    used += 2;
    std::swap(out[i],
              out[static_cast<int64_t>(static_cast<unsigned __int128>(bits) * static_cast<uint64_t>(i + 1) >> 64)]);
  }
}

#define XTAPE_INSTANTIATE(T)                                           \
  template void random_uniform(const RandomState&, int64_t, T, T, T*); \
  template void random_normal(const RandomState&, int64_t, T, T, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
