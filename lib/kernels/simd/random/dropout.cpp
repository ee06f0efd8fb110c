#include "kernels/simd/random/dropout.hpp"

#include "kernels/simd/random/philox.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

// Bit i: words[i] >= limit.
uint64_t words_at_least(const uint32_t* words, uint32_t limit) {
  uint64_t bits = 0;
#if defined(__AVX512F__)
  const __m512i limits = _mm512_set1_epi32(static_cast<int>(limit));
  for (int64_t i = 0; i < group_size; i += 16)
    bits |= uint64_t{_mm512_cmpge_epu32_mask(_mm512_load_si512(words + i), limits)} << i;
#elif defined(__AVX2__)
  const __m256i limits = _mm256_set1_epi32(static_cast<int>(limit));
  for (int64_t i = 0; i < group_size; i += 8) {
    const __m256i word = _mm256_load_si256(reinterpret_cast<const __m256i*>(words + i));
    const __m256i kept = _mm256_cmpeq_epi32(_mm256_max_epu32(word, limits), word);
    bits |= uint64_t{static_cast<uint8_t>(_mm256_movemask_ps(_mm256_castsi256_ps(kept)))} << i;
  }
#else
  for (int64_t i = 0; i < group_size; ++i) bits |= uint64_t{words[i] >= limit} << i;
#endif
  return bits;
}

}  // namespace

template <class T>
void dropout(const RandomGroups& all, uint32_t dropped_below, T scale, const T* x, T* y, uint64_t* mask) {
  const RandomGroups groups = all;  // a copy, which stores leave alone
  alignas(64) uint32_t words[group_size];
  for (int64_t group = groups.begin; group < groups.end; ++group) {
    philox_group(groups.key, groups.counter + static_cast<uint64_t>(group * group_counters), 0, words);
    mask[group] = words_at_least(words, dropped_below);
    const T* from = x + group * group_size;
    T* to = y + group * group_size;
    const int64_t count = groups.n - group * group_size;
    if (count >= group_size)
      for (int64_t i = 0; i < group_size; ++i) to[i] = words[i] >= dropped_below ? from[i] * scale : T(0);
    else
      for (int64_t i = 0; i < count; ++i) to[i] = words[i] >= dropped_below ? from[i] * scale : T(0);
  }
}

template <class T>
void apply_dropout_mask(int64_t n, T scale, const uint64_t* mask, const T* x, T* y) {
  for (int64_t group = 0; group * group_size < n; ++group) {
    const T* from = x + group * group_size;
    T* to = y + group * group_size;
    if (n - group * group_size >= group_size) {
      for (int64_t half = 0; half < group_size; half += 32) {
        const auto bits = static_cast<uint32_t>(mask[group] >> half);
        for (int64_t i = 0; i < 32; ++i) to[half + i] = bits >> i & 1 ? from[half + i] * scale : T(0);
      }
    } else {
      for (int64_t i = 0; i < n - group * group_size; ++i) to[i] = mask[group] >> i & 1 ? from[i] * scale : T(0);
    }
  }
}

#define XTAPE_INSTANTIATE(T)                                                        \
  template void dropout(const RandomGroups&, uint32_t, T, const T*, T*, uint64_t*); \
  template void apply_dropout_mask(int64_t, T, const uint64_t*, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)

}  // namespace xtape::kernels::XTAPE_ISA
