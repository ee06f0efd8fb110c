#pragma once

#include <cmath>
#include <type_traits>

#include "kernels/simd/vector_type.hpp"

// Functions that xsimd has with less accuracy or range near the ends, or slower. All are good to 2 ulp, over the whole
// range of arguments, denormal results included.
namespace xtape::kernels::XTAPE_ISA {

// What the functions need to know of a type. Sums of constants split a number into a leading part with few bits and the
// rest.
template <class T>
struct Constants;

template <>
struct Constants<float> {
  static constexpr int exp_terms = 8;  // of the series for |x| <= log(2) / 2
  static constexpr double exp_low = -104, exp_high = 89;
  static constexpr double ln2_high = 0.693359375, ln2_low = -2.1219444005469057e-4;
  static constexpr double tanh_limit = 10;
  static constexpr int log_terms = 6;
  static constexpr int mantissa_bits = 23;
  static constexpr double smallest_normal = 1.17549435e-38, denormal_scale = 16777216, denormal_bits = 24;
};

template <>
struct Constants<double> {
  static constexpr int exp_terms = 14;
  static constexpr double exp_low = -746, exp_high = 710;
  static constexpr double ln2_high = 0.693147180559890330187, ln2_low = 5.497923018708371174712e-14;
  static constexpr double tanh_limit = 20;
  static constexpr int log_terms = 12;
  static constexpr int mantissa_bits = 52;
  static constexpr double smallest_normal = 2.2250738585072014e-308, denormal_scale = 18014398509481984.0;
  static constexpr double denormal_bits = 54;
};

// x * 2^n for a whole number n, whose power of two may be out of range.
template <class T>
inline Vector<T> scale(Vector<T> x, Vector<T> n) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    return xsimd::batch<T>(_mm512_scalef_ps(x.batch, n.batch));
  else
    return xsimd::batch<T>(_mm512_scalef_pd(x.batch, n.batch));
#else
  const auto exponent = xsimd::to_int(n.batch), half = exponent >> 1;
  return xsimd::ldexp(xsimd::ldexp(x.batch, half), exponent - half);
#endif
}

// Splits x, inside the range of exp, into n log(2) + r with |r| <= log(2) / 2.
template <class T>
inline Vector<T> reduce_exponent(Vector<T> x, Vector<T>& r) {
  using C = Constants<T>;
  const Vector<T> n = rint(x * 1.4426950408889634);
  r = fma(n, Vector<T>(-C::ln2_low), fma(n, Vector<T>(-C::ln2_high), x));
  return n;
}

// (exp(r) - 1 - r) / r^2 for |r| <= log(2) / 2, by its Taylor series.
template <class T>
inline Vector<T> exp_remainder(Vector<T> r) {
  constexpr double reciprocal_factorials[] = {
      1.0,        1.0,         1.0 / 2,      1.0 / 6,       1.0 / 24,       1.0 / 120,       1.0 / 720,
      1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800.0};
  Vector<T> sum = reciprocal_factorials[Constants<T>::exp_terms - 1];
  for (int k = Constants<T>::exp_terms - 2; k >= 2; --k) sum = fma(sum, r, Vector<T>(reciprocal_factorials[k]));
  return sum;
}

// Not a number stays that.
template <class T>
inline Vector<T> clip(Vector<T> x, double low, double high) {
  return min(Vector<T>(high), max(Vector<T>(low), x));
}

// Not a call for each vector, which g++ makes of it in kernels that need it twice.
template <class T>
[[gnu::always_inline]] inline Vector<T> exp(Vector<T> x) {
  Vector<T> r;
  const Vector<T> n = reduce_exponent(clip(x, Constants<T>::exp_low, Constants<T>::exp_high), r);
  return scale(1 + fma(r * r, exp_remainder(r), r), n);
}

#if defined(__AVX512F__)
// 2^(k / 16) for k from 0 to 15.
struct Sixteenths {
  alignas(64) float powers[16] = {};

  constexpr Sixteenths() {
    double power = 1;
    for (float& rounded : powers) {
      rounded = static_cast<float>(power);
      power *= 1.0442737824274138;
    }
  }
};

// x = n log(2) + r as above, but with n a multiple of 1 / 16, so that three terms of the series are enough.
inline Vector<float> exp(Vector<float> x) {
  using V = Vector<float>;
  using C = Constants<float>;
  static constexpr Sixteenths sixteenths;
  constexpr float nearest = 786432;  // its last bit is worth 1 / 16
  x = clip(x, C::exp_low, C::exp_high);
  const V shifted = fma(x, V(1.4426950408889634), V(nearest)), n = shifted - nearest;
  const V r = fma(n, V(-C::ln2_low), fma(n, V(-C::ln2_high), x));
  const V power =
      xsimd::batch<float>(_mm512_permutexvar_ps(_mm512_castps_si512(shifted.batch), _mm512_load_ps(sixteenths.powers)));
  const V series = fma(fma(V(1.0 / 6), r, V(0.5)), r, V(1));
  return scale(fma(power * r, series, power), n);  // which takes the whole part of n
}
#endif

// 2^n (exp(r) - 1) + (2^n - 1), by halves, so that 2^n does not overflow before the result does.
template <class T>
inline Vector<T> expm1(Vector<T> x) {
  Vector<T> r;
  const Vector<T> n = reduce_exponent(clip(x, Constants<T>::exp_low, Constants<T>::exp_high), r);
  const Vector<T> power = scale(Vector<T>(1), n - 1);
  const Vector<T> y = 2 * fma(power, fma(r * r, exp_remainder(r), r), power - 0.5);
  return where(x == 0, x, y);  // keeps the sign of zero
}

// (exp(2 x) - 1) / (exp(2 x) + 1)
template <class T>
inline Vector<T> tanh(Vector<T> x) {
  constexpr double limit = 2 * Constants<T>::tanh_limit;
  Vector<T> r;
  const Vector<T> n = reduce_exponent(clip(x + x, -limit, limit), r);
  const Vector<T> power = scale(Vector<T>(1), n);
  const Vector<T> t = fma(power, fma(r * r, exp_remainder(r), r), power - 1);
  return where(x == 0, x, t / (t + 2));  // keeps the sign of zero
}

template <class T>
inline Vector<T> log(Vector<T> x) {
  if constexpr (sizeof(T) == 4) return xsimd::log(x.batch);
  // xsimd loses denormal numbers.
  using C = Constants<T>;
  const auto denormal = x < C::smallest_normal;
  const Vector<T> y = xsimd::log(where(denormal, x * C::denormal_scale, x).batch);
  return where(denormal, y - C::denormal_bits * 0.69314718055994531, y);
}

// A number as a sum of two, the second of which holds what rounding took from the first.
template <class T>
struct Pair {
  Vector<T> high, low;
};

template <class T>
inline Pair<T> exact_sum(Vector<T> a, Vector<T> b) {
  const Vector<T> sum = a + b, b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

template <class T>
inline Pair<T> exact_product(Vector<T> a, Vector<T> b) {
  const Vector<T> product = a * b;
  if constexpr (has_fma) return {product, fma(a, b, -product)};
  // Dekker: halves of the bits have exact products
  constexpr double splitter = sizeof(T) == 4 ? 4097 : 134217729;
  const Vector<T> a_scaled = a * splitter, a_high = a_scaled - (a_scaled - a), a_low = a - a_high;
  const Vector<T> b_scaled = b * splitter, b_high = b_scaled - (b_scaled - b), b_low = b - b_high;
  return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

// c - a b where that is a number of T. Not by exact_product throughout: compilers may contract c - product once more.
template <class T>
inline Vector<T> exact_remainder(Vector<T> c, Vector<T> a, Vector<T> b) {
  if constexpr (has_fma) return fma(-a, b, c);
  const Pair<T> product = exact_product(a, b);
  return (c - product.high) - product.low;
}

// log(x) of a positive, finite x to about one and a half times the precision of T.
template <class T>
inline Pair<T> precise_log(Vector<T> x) {
  using C = Constants<T>;
  using Int = xsimd::batch<xsimd::as_integer_t<T>>;
  const auto denormal = x < C::smallest_normal;
  const Vector<T> normal = where(denormal, x * C::denormal_scale, x);
  // x = m 2^n with m from sqrt(1/2) to sqrt(2)
  const Int bits = __builtin_bit_cast(Int, normal.batch);
  const Int exponent = (bits - Int(__builtin_bit_cast(xsimd::as_integer_t<T>, T(0.70710678118654752)))) >> C::mantissa_bits;
  const Vector<T> m = __builtin_bit_cast(xsimd::batch<T>, bits - (exponent << C::mantissa_bits));
  const Vector<T> n = Vector<T>(xsimd::to_float(exponent)) - where(denormal, Vector<T>(C::denormal_bits), 0);
  // log(m) = 2 (s + s^3 / 3 + s^5 / 5 + ...), s = (m - 1) / (m + 1)
  const Vector<T> numerator = m - 1, denominator = m + 1, denominator_rest = m - (denominator - 1);
  const Vector<T> s = numerator / denominator;
  const Vector<T> s_rest = (exact_remainder(numerator, s, denominator) - s * denominator_rest) / denominator;
  const Vector<T> square = s * s;
  Vector<T> series = 1.0 / (2 * C::log_terms + 1);
  for (int k = C::log_terms - 1; k >= 1; --k) series = fma(series, square, Vector<T>(1.0 / (2 * k + 1)));
  const Pair<T> sum = exact_sum<T>(n * C::ln2_high, s + s);
  const Vector<T> rest = sum.low + (n * C::ln2_low + 2 * (s_rest + s * square * series));
  const Vector<T> high = sum.high + rest;
  return {high, rest - (high - sum.high)};
}

// exp(y log(x)), with C's results for zeros, infinities and negative x.
template <class T>
inline Vector<T> pow(Vector<T> x, std::type_identity_t<Vector<T>> y) {
  const Vector<T> size = abs(x);
  const Pair<T> log_size = precise_log(size);
  const Pair<T> product = exact_product(y, log_size.high);
  const Vector<T> rest = product.low + y * log_size.low;
  const Vector<T> power = exp(product.high);
  const Vector<T> infinity = HUGE_VAL, zero = 0, nan = infinity - infinity;
  // Not where the product or the power overflowed.
  Vector<T> result = where(abs(rest) < 1, where(power < infinity, fma(power, rest, power), power), power);
  const auto odd = !(floor(y * 0.5) == y * 0.5);
  const auto whole = floor(y) == y;
  const Vector<T> of_zero = where(y < 0, infinity, zero);
  // To an odd power a zero keeps its sign.
  const Vector<T> of_signed_zero = where(odd, where(y < 0, 1.0 / x, x), of_zero);
  result = where(size == zero, where(whole, of_signed_zero, of_zero), result);
  result = where(size == infinity, where(y < 0, zero, infinity), result);
  result = where(abs(y) == infinity, where(size == 1, 1, where((size < 1) == (y < 0), infinity, zero)), result);
  const Vector<T> of_negative = where(whole, where(odd, -result, result), where(size == infinity, result, nan));
  result = where(x < 0, of_negative, result);
  result = where(x == x, where(y == y, result, y), x);
  return where(y == 0, 1, where(x == 1, 1, result));
}

}  // namespace xtape::kernels::XTAPE_ISA
