#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

// Options that are one number, or one for each spatial axis: as a list of them. Empty where none is given.
namespace xtape::ops {

inline std::span<const int64_t> numbers_of(const int64_t& number) { return {&number, 1}; }
template <std::size_t N>
std::span<const int64_t> numbers_of(const std::array<int64_t, N>& numbers) {
  return numbers;
}
template <class Numbers>
std::span<const int64_t> numbers_of(const std::optional<Numbers>& numbers) {
  return numbers ? numbers_of(*numbers) : std::span<const int64_t>();
}

}  // namespace xtape::ops
