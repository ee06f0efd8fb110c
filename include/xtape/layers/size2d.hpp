#pragma once

#include <array>
#include <cstdint>

namespace xtape::layers {

/// A height and a width, or one number for both: `3` or `{3, 2}`.
struct Size2d : std::array<int64_t, 2> {
  Size2d(int64_t both) : std::array<int64_t, 2>{both, both} {}
  Size2d(int64_t height, int64_t width) : std::array<int64_t, 2>{height, width} {}
};

}  // namespace xtape::layers
