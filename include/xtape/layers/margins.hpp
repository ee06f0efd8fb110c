#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <xtape/config.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {

/// Cells at both ends of each of one, two or three spatial axes: `1` everywhere; `{1, 2}`, a number for each axis; or
/// `{{1, 0}, {2, 1}}`, for above and below, left and right. Of a single axis, `{1, 0}` is before and after.
template <std::size_t axes>
struct Margins : std::array<std::pair<int64_t, int64_t>, axes> {
  using Ends = std::pair<int64_t, int64_t>;

  template <std::convertible_to<Count> All>
  Margins(All all) {
    this->fill(both(all));
  }
  Margins(Count before, Count after) requires(axes == 1) : std::array<Ends, axes>{Ends(before, after)} {}
  Margins(Count height, Count width) requires(axes == 2) : Margins(both(height), both(width)) {}
  Margins(Ends height, Ends width) requires(axes == 2) : std::array<Ends, axes>{height, width} {}
  Margins(Count depth, Count height, Count width) requires(axes == 3)
      : Margins(both(depth), both(height), both(width)) {}
  Margins(Ends depth, Ends height, Ends width) requires(axes == 3) : std::array<Ends, axes>{depth, height, width} {}

 private:
  static Ends both(Count cells) { return Ends(cells, cells); }
};
/// `[[above, below], [left, right]]`, or `[before, after]`; one number, and one for each axis, are read too.
template <std::size_t axes>
XTAPE_API Config to_config(const Margins<axes>& margins);
template <std::size_t axes>
XTAPE_API void from_config(const Config& config, Margins<axes>& margins);

}  // namespace xtape::layers
