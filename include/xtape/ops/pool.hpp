#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <xtape/tensor.hpp>

namespace xtape {

/// Settings of two-dimensional pooling, named as in Keras.
struct Pool2dOptions {
  /// Height and width of a window, in cells.
  std::array<int64_t, 2> pool_size = {2, 2};
  /// Distance between windows, in cells. Default: pool_size.
  std::optional<std::array<int64_t, 2>> strides = std::nullopt;
  /// "valid" (none) or "same" (output length ceil(n / stride); the smaller half comes first).
  std::string padding = "valid";
};

/// The largest element of each window, channels last: x [batch, height, width, channels] -> [batch, out_height,
/// out_width, channels]. The first of equal elements gets the gradient; NaN wins. @throws ShapeError if x has not four
/// dimensions, no window fits into it, or a window has more than 2^24 cells; ValueError for a pool_size or strides
/// below 1 or an unknown padding; DTypeError unless x is floating.
XTAPE_API Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// The mean of each window; cells of "same" padding do not count. @throws as max_pool2d.
XTAPE_API Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});

}  // namespace xtape
