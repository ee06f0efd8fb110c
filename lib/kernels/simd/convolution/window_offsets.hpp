#pragma once

#include <cstdint>
#include <xsimd/xsimd.hpp>

// Conversion between a vector of small whole numbers and indices in memory. Compilers make scalar code of the
// plain loops, so that the common case, float and bytes, is spelled out for x86.
namespace xtape::kernels::XTAPE_ISA {

template <class T, class Index>
inline void store_offsets(const xsimd::batch<T>& offsets, Index* indices) {
  T lanes[xsimd::batch<T>::size];
  offsets.store_unaligned(lanes);
  for (std::size_t i = 0; i < xsimd::batch<T>::size; ++i) indices[i] = static_cast<Index>(lanes[i]);
}

template <class T, class Index>
inline xsimd::batch<T> load_offsets(const Index* indices) {
  T lanes[xsimd::batch<T>::size];
  for (std::size_t i = 0; i < xsimd::batch<T>::size; ++i) lanes[i] = static_cast<T>(indices[i]);
  return xsimd::batch<T>::load_unaligned(lanes);
}

#if defined(__AVX512F__)
template <>
inline void store_offsets(const xsimd::batch<float>& offsets, uint8_t* indices) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(indices), _mm512_cvtepi32_epi8(_mm512_cvttps_epi32(offsets)));
}

template <>
inline xsimd::batch<float> load_offsets(const uint8_t* indices) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(indices));
  return xsimd::batch<float>(_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes)));
}
#elif defined(__AVX2__)
template <>
inline void store_offsets(const xsimd::batch<float>& offsets, uint8_t* indices) {
  const __m256i wide = _mm256_cvttps_epi32(offsets);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(indices), _mm_packus_epi16(words, words));
}

template <>
inline xsimd::batch<float> load_offsets(const uint8_t* indices) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(indices));
  return xsimd::batch<float>(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)));
}
#endif

}  // namespace xtape::kernels::XTAPE_ISA
