#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

/// Cells added around an image: `1` on all sides, `{1, 2}` for above and below, left and right, or
/// `{{1, 0}, {2, 1}}` for above, below, left, right.
struct Padding2d {
  using Sides = std::pair<int64_t, int64_t>;
  template <std::convertible_to<Count> All>
  Padding2d(All all) : Padding2d(Count(all), Count(all)) {}
  Padding2d(Count vertical, Count horizontal) : height(vertical, vertical), width(horizontal, horizontal) {}
  Padding2d(Sides height_sides, Sides width_sides) : height(height_sides), width(width_sides) {}

  Sides height;
  Sides width;
};
/// `[[above, below], [left, right]]`; one number and two are read too.
XTAPE_API Config to_config(const Padding2d& padding);
XTAPE_API void from_config(const Config& config, Padding2d& padding);

struct ZeroPadding2DOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Rows and columns of zeros around images [batch, height, width, channels].
class XTAPE_API ZeroPadding2D : public Layer {
 public:
  /// @throws ValueError for negative numbers; in a call ShapeError unless inputs have four dimensions, or if a length
  /// becomes too large.
  explicit ZeroPadding2D(Padding2d padding = 1, ZeroPadding2DOptions options = {});  // refused? see its options
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static ZeroPadding2D from_config(const Config& config);
};

}  // namespace xtape::layers
