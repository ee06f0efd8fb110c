#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>

namespace xtape::detail {

/// How windows are placed at the ends of an axis.
enum class Padding {
  valid,   // inside
  same,    // ceil(length / stride) of them; the smaller half of the padding comes first
  causal,  // likewise, and each ends at the cell that it stands for: all padding comes first
};

/// How sliding windows lie along one axis, in convolutions and in pooling.
struct Windows {
  int64_t count;
  /// Padding cells before and after the axis.
  int64_t before, after;
  /// The given distances of windows and of their cells, or smaller ones where these do not matter: nothing that is
  /// computed with them overflows.
  int64_t stride, dilation;
};

/// Windows of `size` cells that are `dilation` apart, every `stride` cells over `length`; sizes are at least 1. Without
/// padding there are none where the window is longer than the axis. An unknown length, -1, has as many.
/// @throws ShapeError, which begins with `operation`, if a window extends over more than 2^31 - 1 cells.
XTAPE_API Windows place_windows(std::string_view operation, int64_t length, int64_t size, int64_t stride,
                                int64_t dilation, Padding padding);

/// The axis that a transposed convolution makes of one of `count` cells: the one whose windows those are.
struct TransposedWindows {
  int64_t length;
  Windows windows;
};

/// As Keras: each cell becomes a window of `size` cells, `dilation` apart, and windows are `stride` apart. All of them
/// together are cropped for "same" padding, by the smaller half first, to count * stride cells or, with an
/// `output_padding`, to (count - 1) * stride + (the parity of the window's extent) + output_padding; without padding
/// they are extended by output_padding, which by default fills a stride that the window leaves open. An unknown count,
/// -1, gives an unknown length. @throws ValueError for an output_padding outside [0, stride); ShapeError as
/// place_windows, or if the length overflows.
XTAPE_API TransposedWindows place_transposed_windows(std::string_view operation, int64_t count, int64_t size,
                                                     int64_t stride, int64_t dilation, Padding padding,
                                                     std::optional<int64_t> output_padding);

[[noreturn]] XTAPE_API void throw_spatial_rank(const Shape& shape, std::size_t spatial);
/// @throws ShapeError unless the shape is [batch, spatial..., channels] with that many spatial axes, for layers, whose
/// errors get the layer's name: `expected rank 4 (batch, height, width, channels), got [32, 784]`.
inline void check_spatial_rank(const Shape& shape, std::size_t spatial) {
  if (shape.size() != spatial + 2) [[unlikely]]
    throw_spatial_rank(shape, spatial);
}

/// The output [batch, spatial..., channels] of sliding windows over [batch, spatial..., in], for layers, whose errors
/// get the layer's name; one number an axis. @throws ShapeError unless the input has as many axes, each of which holds
/// a window or is unknown.
XTAPE_API Shape window_output_shape(const Shape& input_shape, std::span<const int64_t> size,
                                    std::span<const int64_t> strides, std::span<const int64_t> dilation,
                                    std::string_view padding, int64_t channels);
template <std::size_t N>
Shape window_output_shape(const Shape& input_shape, const std::array<int64_t, N>& size,
                          const std::array<int64_t, N>& strides, const std::array<int64_t, N>& dilation,
                          std::string_view padding, int64_t channels) {
  return window_output_shape(input_shape, std::span<const int64_t>(size), std::span<const int64_t>(strides),
                             std::span<const int64_t>(dilation), padding, channels);
}

/// The axes of an array that windows slide over: "[batch, height, width, channels]" for two spatial ones, of three.
XTAPE_API std::string spatial_axes(std::size_t spatial, std::string_view channels = "channels");

/// One number, or several in parentheses: "(3, 2)".
XTAPE_API std::string list_text(std::span<const int64_t> numbers);

/// @throws ValueError unless all are at least 1: `Conv2D: strides must be at least 1, given (0, 1)`.
XTAPE_API void check_positive(std::string_view subject, std::string_view option, std::span<const int64_t> values);
/// The padding of that name; "causal" only where it `may_be_causal`. @throws ValueError for another name.
XTAPE_API Padding padding_named(std::string_view subject, std::string_view padding, bool may_be_causal = false);
/// Whether it is "same". @throws ValueError unless it is "valid" or "same".
inline bool is_same_padding(std::string_view subject, std::string_view padding) {
  return padding_named(subject, padding) == Padding::same;
}

}  // namespace xtape::detail
