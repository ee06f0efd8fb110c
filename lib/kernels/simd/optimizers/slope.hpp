#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

// Gradients of which squares are taken, kept from overflow. Every file has its own, compiled for its instruction set.
namespace xtape::kernels::XTAPE_ISA {
namespace {

// A gradient within [-limit, limit], limit > 0. Of an infinite one NaN is made, so that it shows. Sizes are ordered as
// their bits are, as whole numbers, of which vectors have a minimum: beside a root or a division it costs nothing, where
// comparisons and a look at all gradients beforehand cost an eighth of a step.
template <class T>
inline T within(T limit, T gradient) {
  using Bits = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  constexpr Bits all_but_sign = sizeof(T) == 4 ? Bits{INT32_MAX} : static_cast<Bits>(INT64_MAX);
  Bits bits, most;
  std::memcpy(&bits, &gradient, sizeof(bits));
  std::memcpy(&most, &limit, sizeof(most));
  const Bits size = bits & all_but_sign;
  const Bits inside_bits = (size < most ? size : most) | (bits & ~all_but_sign);
  T inside;
  std::memcpy(&inside, &inside_bits, sizeof(inside));
  return inside + (gradient - gradient);
}

// The gradient as far as its square, and means of such squares, do not overflow, after which everything would be NaN:
// up to the root of a quarter of the range.
template <class T>
inline T slope_of(T gradient) {
  return within(static_cast<T>(sizeof(T) == 4 ? 0x1p63 : 0x1p511), gradient);
}

}  // namespace
}  // namespace xtape::kernels::XTAPE_ISA
