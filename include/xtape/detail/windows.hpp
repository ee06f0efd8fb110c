#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>

namespace xtape::detail {

/// The number of windows of `size` cells, `dilation` apart, that fit into `length` cells every `stride`
/// cells: ceil(length / stride) for "same" padding. -1 for an unknown length; at least 0.
XTAPE_API int64_t count_windows(int64_t length, int64_t size, int64_t stride, int64_t dilation, bool same_padding);

/// The output [batch, height, width, channels] of sliding windows over [batch, height, width, in].
/// @throws ShapeError unless the input has four dimensions.
XTAPE_API Shape window_output_shape(const Shape& input_shape, const std::array<int64_t, 2>& size,
                                    const std::array<int64_t, 2>& strides, const std::array<int64_t, 2>& dilation,
                                    std::string_view padding, int64_t channels);

/// @throws ValueError unless both are at least 1: `Conv2D: strides must be at least 1, given (0, 1)`.
XTAPE_API void check_positive(std::string_view layer, std::string_view option, const std::array<int64_t, 2>& values);
/// @throws ValueError unless it is "valid" or "same".
XTAPE_API void check_padding(std::string_view layer, const std::string& padding);

}  // namespace xtape::detail
