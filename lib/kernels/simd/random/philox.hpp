#pragma once

// Philox4x32-10 (Salmon et al. 2011) over vector lanes. For the files in kernels/simd only.

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace xtape::kernels::XTAPE_ISA {

// One group is 16 consecutive counters, 64 words: word w of counter i is element 16 * w + i. This layout
// does not depend on the vector width, and needs no shuffles.
constexpr int64_t group_size = 64;
constexpr int64_t group_counters = 16;

using Lanes = xsimd::batch<uint64_t>;

// The full products of the low 32-bit halves; the high halves may hold anything.
inline Lanes multiply_low(Lanes a, Lanes b) {
#if defined(__AVX512F__)
  return _mm512_mul_epu32(a, b);
#elif defined(__AVX2__)
  return _mm256_mul_epu32(a, b);
#elif defined(__SSE2__)
  return _mm_mul_epu32(a, b);
#elif defined(__aarch64__)
  return vmull_u32(vmovn_u64(a), vmovn_u64(b));
#else
  return (a & Lanes(0xffffffff)) * (b & Lanes(0xffffffff));
#endif
}

// The words of the group whose first counter is `counter` (with `high` as the upper half of the 128 bits).
inline void philox_group(uint64_t key, uint64_t counter, uint64_t high, uint32_t* words) {
  constexpr size_t width = Lanes::size;
  constexpr size_t batches = group_counters / width;
  alignas(64) uint64_t index[width];
  for (size_t i = 0; i < width; ++i) index[i] = i;
  const Lanes multiplier_0(uint64_t{0xD2511F53}), multiplier_1(uint64_t{0xCD9E8D57});
  Lanes x0[batches], x1[batches], x2[batches], x3[batches];
  for (size_t i = 0; i < batches; ++i) {
    x0[i] = Lanes::load_aligned(index) + Lanes(counter + i * width);
    x1[i] = x0[i] >> 32;
    x2[i] = Lanes(high);
    x3[i] = Lanes(high >> 32);
  }
  auto key_0 = static_cast<uint32_t>(key);
  auto key_1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const Lanes k0(uint64_t{key_0}), k1(uint64_t{key_1});
    for (size_t i = 0; i < batches; ++i) {
      const Lanes product_0 = multiply_low(x0[i], multiplier_0);
      const Lanes product_1 = multiply_low(x2[i], multiplier_1);
      x0[i] = (product_1 >> 32) ^ x1[i] ^ k0;
      x1[i] = product_1;
      x2[i] = (product_0 >> 32) ^ x3[i] ^ k1;
      x3[i] = product_0;
    }
    key_0 += 0x9E3779B9;
    key_1 += 0xBB67AE85;
  }
  const Lanes* const words_of_counter[4] = {x0, x1, x2, x3};
  for (size_t w = 0; w < 4; ++w) {
    alignas(64) uint64_t wide[group_counters];
    for (size_t i = 0; i < batches; ++i) words_of_counter[w][i].store_aligned(wide + i * width);
    for (size_t i = 0; i < group_counters; ++i) words[w * group_counters + i] = static_cast<uint32_t>(wide[i]);
  }
}

}  // namespace xtape::kernels::XTAPE_ISA
