#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <xtape/config.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {

/// A number for each of one, two or three spatial axes, or one for all of them: `3`, or `{3, 2}` for height and width.
template <std::size_t axes>
struct Size : std::array<int64_t, axes> {
  template <std::convertible_to<Count> All>
  Size(All all) {
    this->fill(Count(all));
  }
  Size(Count height, Count width) requires(axes == 2) : std::array<int64_t, axes>{height, width} {}
  Size(Count depth, Count height, Count width) requires(axes == 3) : std::array<int64_t, axes>{depth, height, width} {}
};
/// `[height, width]`; one number is read too. Of an optional one, nothing as well.
template <std::size_t axes>
XTAPE_API Config to_config(const Size<axes>& size);
template <std::size_t axes>
XTAPE_API void from_config(const Config& config, Size<axes>& size);
template <std::size_t axes>
XTAPE_API Config to_config(const std::optional<Size<axes>>& size);
template <std::size_t axes>
XTAPE_API void from_config(const Config& config, std::optional<Size<axes>>& size);

using Size1d = Size<1>;
using Size2d = Size<2>;
using Size3d = Size<3>;

}  // namespace xtape::layers
