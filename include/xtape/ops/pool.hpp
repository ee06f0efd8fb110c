#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <xtape/tensor.hpp>

namespace xtape {

/// Settings of pooling, named as in Keras: one number for each spatial axis.
struct Pool1dOptions {
  /// The length of a window, in cells.
  int64_t pool_size = 2;
  /// Distance between windows, in cells. Default: pool_size.
  std::optional<int64_t> strides = std::nullopt;
  /// "valid" (none) or "same" (output length ceil(n / stride); the smaller half comes first).
  std::string padding = "valid";
};
struct Pool2dOptions {
  /// Height and width of a window, in cells.
  std::array<int64_t, 2> pool_size = {2, 2};
  /// Distance between windows, in cells. Default: pool_size.
  std::optional<std::array<int64_t, 2>> strides = std::nullopt;
  /// "valid" (none) or "same" (output length ceil(n / stride); the smaller half comes first).
  std::string padding = "valid";
};
struct Pool3dOptions {
  /// Depth, height and width of a window, in cells.
  std::array<int64_t, 3> pool_size = {2, 2, 2};
  /// Distance between windows, in cells. Default: pool_size.
  std::optional<std::array<int64_t, 3>> strides = std::nullopt;
  /// As with Pool2dOptions.
  std::string padding = "valid";
};

/// The largest element of each window, channels last: x [batch, spatial..., channels] -> [batch, spatial...,
/// channels], over one spatial axis (length), two (height, width) or three (depth, height, width). The first of equal
/// elements gets the gradient; NaN wins. @throws ShapeError if x has other axes, no window fits into it, or a window
/// has more than 2^24 cells; ValueError for a pool_size or strides below 1 or an unknown padding; DTypeError unless x
/// is floating.
XTAPE_API Tensor max_pool1d(const Tensor& x, const Pool1dOptions& options = {});
XTAPE_API Tensor max_pool2d(const Tensor& x, const Pool2dOptions& options = {});
XTAPE_API Tensor max_pool3d(const Tensor& x, const Pool3dOptions& options = {});
/// The mean of each window; cells of "same" padding do not count. @throws as max_pool2d.
XTAPE_API Tensor avg_pool1d(const Tensor& x, const Pool1dOptions& options = {});
XTAPE_API Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options = {});
XTAPE_API Tensor avg_pool3d(const Tensor& x, const Pool3dOptions& options = {});

/// The largest element of each of `output_size` bins along each spatial axis, as Keras and PyTorch: of n cells and o
/// bins, bin i begins at floor(i * n / o) and ends before ceil((i + 1) * n / o), so that bins overlap where o does not
/// divide n. x and gradients as with max_pool2d. @throws ShapeError if x has other axes or no cells; ValueError for an
/// output_size below 1; DTypeError unless x is floating.
XTAPE_API Tensor adaptive_max_pool1d(const Tensor& x, Count output_size);
XTAPE_API Tensor adaptive_max_pool2d(const Tensor& x, const std::array<int64_t, 2>& output_size);
XTAPE_API Tensor adaptive_max_pool3d(const Tensor& x, const std::array<int64_t, 3>& output_size);
/// The mean of each bin. @throws as adaptive_max_pool2d.
XTAPE_API Tensor adaptive_avg_pool1d(const Tensor& x, Count output_size);
XTAPE_API Tensor adaptive_avg_pool2d(const Tensor& x, const std::array<int64_t, 2>& output_size);
XTAPE_API Tensor adaptive_avg_pool3d(const Tensor& x, const std::array<int64_t, 3>& output_size);

}  // namespace xtape
