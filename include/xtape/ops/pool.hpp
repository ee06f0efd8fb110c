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
/// elements gets the gradient. @throws ShapeError, ValueError.
XTAPE_API Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
/// The mean of each window; cells of "same" padding do not count. @throws ShapeError, ValueError.
XTAPE_API Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});

}  // namespace xtape
