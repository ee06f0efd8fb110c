#pragma once

// Loads and stores of the first elements of a vector, for the ends of rows. For the files in kernels/simd only.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <xsimd/xsimd.hpp>

namespace xtape::kernels::XTAPE_ISA {

// The first `count` elements of a vector, 0 < count <= its size. The others load as 0 and are not stored.
template <class T>
class Partial {
 public:
  using Batch = xsimd::batch<T>;

#if defined(__AVX512F__)
  explicit Partial(int64_t count) : mask_(static_cast<uint16_t>((1u << count) - 1)) {}
  Batch load(const float* p) const { return _mm512_maskz_loadu_ps(mask_, p); }
  Batch load(const double* p) const { return _mm512_maskz_loadu_pd(static_cast<__mmask8>(mask_), p); }
  void store(float* p, Batch x) const { _mm512_mask_storeu_ps(p, mask_, x); }
  void store(double* p, Batch x) const { _mm512_mask_storeu_pd(p, static_cast<__mmask8>(mask_), x); }

 private:
  uint16_t mask_;
#elif defined(__AVX2__)
  explicit Partial(int64_t count) {
    constexpr int bits = 8 * sizeof(T);
    for (int64_t i = 0; i < 256 / bits; ++i) {
      const int64_t all = i < count ? -1 : 0;
      std::memcpy(reinterpret_cast<char*>(&mask_) + i * sizeof(T), &all, sizeof(T));
    }
  }
  Batch load(const float* p) const { return _mm256_maskload_ps(p, mask_); }
  Batch load(const double* p) const { return _mm256_maskload_pd(p, mask_); }
  void store(float* p, Batch x) const { _mm256_maskstore_ps(p, mask_, x); }
  void store(double* p, Batch x) const { _mm256_maskstore_pd(p, mask_, x); }

 private:
  __m256i mask_;
#else
  explicit Partial(int64_t count) : count_(count) {}
  Batch load(const T* p) const {
    T buffer[Batch::size] = {};
    for (int64_t i = 0; i < count_; ++i) buffer[i] = p[i];
    return Batch::load_unaligned(buffer);
  }
  void store(T* p, Batch x) const {
    T buffer[Batch::size];
    x.store_unaligned(buffer);
    for (int64_t i = 0; i < count_; ++i) p[i] = buffer[i];
  }

 private:
  int64_t count_;
#endif
};

}  // namespace xtape::kernels::XTAPE_ISA
