#pragma once

#include <cstdint>
#include <xsimd/xsimd.hpp>

// A SIMD vector for use in formulas: xsimd's batch with the operators and functions that formulas call; math.hpp has
// more. It lives in the namespace of the instruction set, so that whatever is instantiated with it does too.
namespace xtape::kernels::XTAPE_ISA {

// Vector registers, and whether a multiply-add is one instruction that rounds once: what the sizes of tiles depend on.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int registers = 32;
#else
constexpr int registers = 16;
#endif
#if defined(__FMA__) || defined(__aarch64__)
constexpr bool has_fma = true;
#else
constexpr bool has_fma = false;
#endif

// Rounded correctly. On ARM xsimd 8 estimates both for float, as 32-bit ARM must.
template <class T>
inline xsimd::batch<T> quotient(xsimd::batch<T> a, xsimd::batch<T> b) {
#if defined(__aarch64__)
  if constexpr (sizeof(T) == 4) return xsimd::batch<T>(vdivq_f32(a, b));
#endif
  return a / b;
}
template <class T>
inline xsimd::batch<T> square_root(xsimd::batch<T> x) {
#if defined(__aarch64__)
  if constexpr (sizeof(T) == 4) return xsimd::batch<T>(vsqrtq_f32(x));
#endif
  return xsimd::sqrt(x);
}

template <class T>
struct Mask {
  xsimd::batch_bool<T> bits;

  friend Mask operator!(Mask a) { return {!a.bits}; }
  friend Mask operator==(Mask a, Mask b) { return {a.bits == b.bits}; }
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
  friend Vector operator/(Vector a, Vector b) { return quotient(a.batch, b.batch); }
  Vector& operator+=(Vector b) { return *this = *this + b; }

  friend Mask<T> operator<(Vector a, Vector b) { return {a.batch < b.batch}; }
  friend Mask<T> operator<=(Vector a, Vector b) { return {a.batch <= b.batch}; }
  friend Mask<T> operator>(Vector a, Vector b) { return {a.batch > b.batch}; }
  friend Mask<T> operator>=(Vector a, Vector b) { return {a.batch >= b.batch}; }
  friend Mask<T> operator==(Vector a, Vector b) { return {a.batch == b.batch}; }
  friend Vector where(Mask<T> condition, Vector a, Vector b) { return xsimd::select(condition.bits, a.batch, b.batch); }

  // The second argument where one is not a number.
  friend Vector min(Vector a, Vector b) { return xsimd::min(a.batch, b.batch); }
  friend Vector max(Vector a, Vector b) { return xsimd::max(a.batch, b.batch); }

  friend Vector abs(Vector x) { return xsimd::abs(x.batch); }
  friend Vector ceil(Vector x) { return xsimd::ceil(x.batch); }
  friend Vector floor(Vector x) { return xsimd::floor(x.batch); }
  friend Vector rint(Vector x) { return xsimd::nearbyint(x.batch); }
  friend Vector sqrt(Vector x) { return square_root(x.batch); }
  friend Vector log1p(Vector x) { return xsimd::log1p(x.batch); }
  friend Vector sin(Vector x) { return xsimd::sin(x.batch); }
  friend Vector cos(Vector x) { return xsimd::cos(x.batch); }
  // Rounded once where the instruction set can; xsimd 8 has it for AVX-512 only as a product and a sum.
  friend Vector fma(Vector a, Vector b, Vector c) {
#if defined(__AVX512F__)
    if constexpr (sizeof(T) == 4)
      return Batch(_mm512_fmadd_ps(a.batch, b.batch, c.batch));
    else
      return Batch(_mm512_fmadd_pd(a.batch, b.batch, c.batch));
#else
    return xsimd::fma(a.batch, b.batch, c.batch);
#endif
  }
};

}  // namespace xtape::kernels::XTAPE_ISA
