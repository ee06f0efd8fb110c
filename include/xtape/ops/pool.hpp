#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <xtape/tensor.hpp>

namespace xtape {

/// Settings of two-dimensional pooling, named as in Keras.
struct Pool2dOptions {
  std::array<int64_t, 2> pool_size = {2, 2};
  /// Default: pool_size.
  std::optional<std::array<int64_t, 2>> strides = std::nullopt;
  /// "valid" or "same".
  std::string padding = "valid";
};

/// The largest element of each window, channels last: x [batch, height, width, channels]. The first of equal
/// elements gets the gradient; NaN wins. @throws ShapeError if x has not four dimensions or no window fits into it;
/// ValueError for a pool_size or strides below 1 or an unknown padding; DTypeError unless x is floating.
XTAPE_API Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// The mean of each window; cells of "same" padding do not count. @throws as max_pool2d.
XTAPE_API Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});

}  // namespace xtape
