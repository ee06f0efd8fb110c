#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <xtape/shape.hpp>

namespace xtape::layers {

/// A height and a width, or one number for both: `3` or `{3, 2}`.
struct Size2d : std::array<int64_t, 2> {
  template <std::convertible_to<Count> Both>
  Size2d(Both both) : std::array<int64_t, 2>{Count(both), Count(both)} {}
  Size2d(Count height, Count width) : std::array<int64_t, 2>{height, width} {}
};

}  // namespace xtape::layers
