#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <xtape/config.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {

/// A height and a width, or one number for both: `3` or `{3, 2}`.
struct Size2d : std::array<int64_t, 2> {
  template <std::convertible_to<Count> Both>
  Size2d(Both both) : std::array<int64_t, 2>{Count(both), Count(both)} {}
  Size2d(Count height, Count width) : std::array<int64_t, 2>{height, width} {}
};
/// `[height, width]`; one number is read too.
XTAPE_API Config to_config(const Size2d& size);
XTAPE_API void from_config(const Config& config, Size2d& size);
/// Reads nothing as well.
XTAPE_API Config to_config(const std::optional<Size2d>& size);
XTAPE_API void from_config(const Config& config, std::optional<Size2d>& size);

}  // namespace xtape::layers
