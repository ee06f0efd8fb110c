#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

// Gradients of which squares are taken, kept from overflow. Every file has its own, compiled for its instruction set.
namespace xtape::kernels::XTAPE_ISA {
namespace {

// The largest gradient of which a square can be taken, and means of squares, without overflow, after which everything
// would be NaN: the root of a quarter of the range.
template <class T>
constexpr T largest_slope = static_cast<T>(sizeof(T) == 4 ? 0x1p63 : 0x1p511);

// Sizes are ordered as their bits are, as whole numbers, of which vectors have a maximum; those of NaN are beyond all.
template <class T>
[[gnu::noinline]] bool any_beyond_largest_slope(const T* g, int64_t n) {
  using Bits = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  const auto size_bits = [](const T& value) {
    Bits bits;
    std::memcpy(&bits, &value, sizeof(bits));
    return static_cast<Bits>(bits & ~(Bits{1} << (8 * sizeof(Bits) - 1)));
  };
  Bits largest = 0;
  for (int64_t i = 0; i < n; ++i) {
    const Bits bits = size_bits(g[i]);
    largest = largest > bits ? largest : bits;
  }
  return largest > size_bits(largest_slope<T>);
}

// Calls loop(begin, end, std::bool_constant) for blocks that stay in the first cache: true where some gradients are to
// be limited.
template <class T, class Loop>
void for_each_block(int64_t n, const T* g, const Loop& loop) {
  constexpr int64_t block = 1024;
  for (int64_t begin = 0; begin < n; begin += block) {
    const int64_t count = n - begin < block ? n - begin : block;
    if (any_beyond_largest_slope(g + begin, count)) [[unlikely]] {
      loop(begin, count, std::true_type{});
    } else {
      loop(begin, count, std::false_type{});
    }
  }
}

// The gradient, limited to the largest slope if asked. Of an infinite one NaN is made, so that it shows.
template <bool Limited, class T>
inline T slope_of(T g) {
  if constexpr (!Limited) return g;
  constexpr T limit = largest_slope<T>;
  const T below = g > limit ? limit : g;
  const T inside = below < -limit ? -limit : below;
  return inside + (g - g);
}

}  // namespace
}  // namespace xtape::kernels::XTAPE_ISA
