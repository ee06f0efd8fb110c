#pragma once

// Included by kernels for newer processors, in which nothing of the standard library's code may be left: type traits
// alone.
#include <cstdint>
#include <type_traits>
#include <xtape/export.hpp>

namespace xtape::detail {

/// A number as a To, the same on every processor. Floating to integer drops the fraction; what is out of range becomes
/// the nearest limit, NaN 0. Integers to integers keep the lowest bits. To bool: whether it is not 0.
/// Written without branches, so that compilers turn loops over it into vector instructions.
template <class To, class From>
[[gnu::always_inline]] constexpr To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != 0;
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    constexpr int bits = 8 * sizeof(To) - std::is_signed_v<To>;
    constexpr To largest = static_cast<To>(~uint64_t{0} >> (64 - bits));
    // Powers of two, which every floating type holds: the first number above the largest one, and the lowest one.
    constexpr From beyond = 2 * static_cast<From>(uint64_t{1} << (bits - 1));
    constexpr From lowest = std::is_signed_v<To> ? -beyond : From{0};
    // Processors have instructions for 32 and 64 bits.
    using Wide = std::conditional_t<sizeof(To) < sizeof(int32_t), int32_t, To>;
    const From number = value == value ? value : From{0};
    const From not_below = number < lowest ? lowest : number;
    const bool above = not_below >= beyond;
    const To inside = static_cast<To>(static_cast<Wide>(above ? From{0} : not_below));
    return above ? largest : inside;
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace xtape::detail
