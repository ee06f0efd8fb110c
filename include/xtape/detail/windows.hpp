#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>

namespace xtape::detail {

/// How sliding windows lie along one axis of an image, in convolutions and in pooling.
struct Windows {
  int64_t count;
  /// Padding cells before and after the image.
  int64_t before, after;
  /// The given distances of windows and of their cells, or smaller ones where these do not matter: nothing that is
  /// computed with them overflows.
  int64_t stride, dilation;
};

/// Windows of `size` cells that are `dilation` apart, every `stride` cells over `length`; sizes are at least 1. With
/// "same" padding there are ceil(length / stride), and the smaller half of the padding comes first, as in Keras.
/// Without, there are none where the window is longer than the image. An unknown length, -1, has as many.
/// @throws ShapeError, which begins with `operation`, if a window extends over more than 2^31 - 1 cells.
XTAPE_API Windows place_windows(std::string_view operation, int64_t length, int64_t size, int64_t stride,
                                int64_t dilation, bool same_padding);

/// The output [batch, height, width, channels] of sliding windows over [batch, height, width, in], for layers, whose
/// errors get the layer's name. @throws ShapeError unless the input has four dimensions, of which height and width hold
/// a window or are unknown.
XTAPE_API Shape window_output_shape(const Shape& input_shape, const std::array<int64_t, 2>& size,
                                    const std::array<int64_t, 2>& strides, const std::array<int64_t, 2>& dilation,
                                    std::string_view padding, int64_t channels);

/// @throws ValueError unless both are at least 1: `Conv2D: strides must be at least 1, given (0, 1)`.
XTAPE_API void check_positive(std::string_view subject, std::string_view option, const std::array<int64_t, 2>& values);
/// Whether it is "same". @throws ValueError unless it is "valid" or "same".
XTAPE_API bool is_same_padding(std::string_view subject, std::string_view padding);

}  // namespace xtape::detail
