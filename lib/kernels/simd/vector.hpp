#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/simd/erf.hpp"
#include "kernels/simd/vector_type.hpp"

// Loads and stores of SIMD vectors, whole or in part.
namespace xtape::kernels::XTAPE_ISA {

template <class T>
inline Vector<T> load(const T* from) {
  return Vector<T>::Batch::load_unaligned(from);
}

template <class T>
inline void store(T* to, Vector<T> x) {
  x.batch.store_unaligned(to);
}

#if defined(__AVX512F__)
inline Vector<float> load_partial(const float* from, int64_t count) {
  return xsimd::batch<float>(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from));
}
inline Vector<double> load_partial(const double* from, int64_t count) {
  return xsimd::batch<double>(_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), from));
}
inline void store_partial(float* to, Vector<float> x, int64_t count) {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), x.batch);
}
inline void store_partial(double* to, Vector<double> x, int64_t count) {
  _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1), x.batch);
}
#else
// The first `count` lanes (fewer than all) from memory, zeros in the others.
template <class T>
inline Vector<T> load_partial(const T* from, int64_t count) {
  T lanes[Vector<T>::lanes] = {};
  std::memcpy(lanes, from, static_cast<size_t>(count) * sizeof(T));
  return load(lanes);
}
template <class T>
inline void store_partial(T* to, Vector<T> x, int64_t count) {
  T lanes[Vector<T>::lanes];
  store(lanes, x);
  std::memcpy(to, lanes, static_cast<size_t>(count) * sizeof(T));
}
#endif

// All lanes of a vector, or only its first ones: what loops and their rests pass to load and store.
struct Whole {};
struct Part {
  int64_t count;
};
template <class T>
inline Vector<T> load(const T* from, Whole) {
  return load(from);
}
template <class T>
inline Vector<T> load(const T* from, Part part) {
  return load_partial(from, part.count);
}
template <class T>
inline void store(T* to, Vector<T> x, Whole) {
  store(to, x);
}
template <class T>
inline void store(T* to, Vector<T> x, Part part) {
  store_partial(to, x, part.count);
}

}  // namespace xtape::kernels::XTAPE_ISA
