#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>
#include <xtape/export.hpp>

namespace xtape::detail {

/// 1 / k!
template <class T, int k>
inline constexpr T inverse_factorial = inverse_factorial<T, k - 1> / k;
template <class T>
inline constexpr T inverse_factorial<T, 0> = 1;

/// The terms of exp(r) from r^k / k! to r^degree / degree!, divided by r^k.
template <int k, int degree, class T>
constexpr T exponential_series(T r) {
  if constexpr (k == degree) {
    return inverse_factorial<T, k>;
  } else {
    return inverse_factorial<T, k> + r * exponential_series<k + 1, degree>(r);
  }
}

/// 2^n for a normal result.
template <class T>
constexpr T power_of_two(int32_t n) {
  using Bits = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  return std::bit_cast<T>(static_cast<Bits>(n + std::numeric_limits<T>::max_exponent - 1)
                          << (std::numeric_limits<T>::digits - 1));
}

/// exp(x) to about one unit in the last place, without calls and branches: unlike std::exp, compilers vectorize it.
/// With n the nearest integer to x / log(2) it is 2^n times the Taylor series of the rest. The limit lies where the
/// result has become 0 or infinity; 2^n comes in two factors as it may lie below the normal numbers.
template <class T>
inline T exponential(T x) {
  constexpr bool single = sizeof(T) == 4;
  constexpr T limit = single ? 104 : 746;
  constexpr int degree = single ? 7 : 13;
  // log(2) in two parts, of which the first has so few digits that its product with n is exact.
  constexpr T ln2_high = single ? T(0.693359375) : T(0x1.62e42fep-1);
  constexpr T ln2_low = single ? T(-2.12194440e-4) : T(0x1.f473de6af278fp-30);

  const T bounded = std::abs(x) < limit ? x : std::copysign(limit, x);
  const T scaled = bounded * std::numbers::log2e_v<T>;
  const auto n = static_cast<int32_t>(scaled + std::copysign(T(0.5), scaled));
  const T r = bounded - static_cast<T>(n) * ln2_high - static_cast<T>(n) * ln2_low;
  const int32_t half = n >> 1;
  const T y = exponential_series<0, degree>(r) * power_of_two<T>(half) * power_of_two<T>(n - half);
  return y + (x == x ? T(0) : x);  // NaN stays NaN
}

}  // namespace xtape::detail
