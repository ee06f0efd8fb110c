#pragma once

#include <cstdint>
#include <cstring>
#include <xsimd/xsimd.hpp>

// A SIMD vector for use in formulas: xsimd's batch with the operators and functions that formulas call.
// It lives in the namespace of the instruction set, so that whatever is instantiated with it does too.
namespace xtape::kernels::XTAPE_ISA {

template <class T>
struct Mask {
  xsimd::batch_bool<T> bits;
};

template <class T>
struct Vector {
  using Batch = xsimd::batch<T>;
  static constexpr int64_t lanes = static_cast<int64_t>(Batch::size);

  Batch batch;

  Vector() = default;
  Vector(Batch b) : batch(b) {}
  Vector(float value) : batch(static_cast<T>(value)) {}
  Vector(double value) : batch(static_cast<T>(value)) {}
  Vector(int value) : batch(static_cast<T>(value)) {}

  friend Vector operator-(Vector a) { return -a.batch; }
  friend Vector operator+(Vector a, Vector b) { return a.batch + b.batch; }
  friend Vector operator-(Vector a, Vector b) { return a.batch - b.batch; }
  friend Vector operator*(Vector a, Vector b) { return a.batch * b.batch; }
  friend Vector operator/(Vector a, Vector b) { return a.batch / b.batch; }
  Vector& operator+=(Vector b) { return *this = *this + b; }

  friend Mask<T> operator<(Vector a, Vector b) { return {a.batch < b.batch}; }
  friend Mask<T> operator<=(Vector a, Vector b) { return {a.batch <= b.batch}; }
  friend Mask<T> operator>(Vector a, Vector b) { return {a.batch > b.batch}; }
  friend Mask<T> operator>=(Vector a, Vector b) { return {a.batch >= b.batch}; }
  friend Mask<T> operator==(Vector a, Vector b) { return {a.batch == b.batch}; }
  friend Vector where(Mask<T> condition, Vector a, Vector b) { return xsimd::select(condition.bits, a.batch, b.batch); }

  friend Vector abs(Vector x) { return xsimd::abs(x.batch); }
  friend Vector ceil(Vector x) { return xsimd::ceil(x.batch); }
  friend Vector floor(Vector x) { return xsimd::floor(x.batch); }
  friend Vector rint(Vector x) { return xsimd::nearbyint(x.batch); }
  friend Vector sqrt(Vector x) { return xsimd::sqrt(x.batch); }
  friend Vector exp(Vector x) { return xsimd::exp(x.batch); }
  friend Vector expm1(Vector x) { return xsimd::expm1(x.batch); }
  friend Vector log(Vector x) { return xsimd::log(x.batch); }
  friend Vector log1p(Vector x) { return xsimd::log1p(x.batch); }
  friend Vector erf(Vector x) { return xsimd::erf(x.batch); }
  friend Vector sin(Vector x) { return xsimd::sin(x.batch); }
  friend Vector cos(Vector x) { return xsimd::cos(x.batch); }
  friend Vector tanh(Vector x) { return xsimd::tanh(x.batch); }
  friend Vector pow(Vector x, Vector y) { return xsimd::pow(x.batch, y.batch); }
};

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
