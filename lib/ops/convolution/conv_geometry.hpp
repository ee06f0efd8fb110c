#pragma once

#include <span>
#include <string>
#include <type_traits>
#include <xtape/ops/conv.hpp>

#include "kernels/convolution/conv3d.hpp"
#include "ops/support/per_axis.hpp"

// The checks of convolutions, before anything is allocated.
namespace xtape::ops {

// The options of a convolution of any rank: lists have a number for each spatial axis.
struct ConvSettings {
  std::span<const int64_t> strides, dilation_rate;
  const std::string& padding;
  int64_t groups = 1;
  // Of transposed convolutions; empty for Keras's own choice.
  std::span<const int64_t> output_padding = {};
};

template <class Options>
ConvSettings settings_of_conv(const Options& options) {
  ConvSettings settings{numbers_of(options.strides), numbers_of(options.dilation_rate), options.padding};
  if constexpr (requires { options.groups; }) settings.groups = options.groups;
  if constexpr (requires { options.output_padding; }) settings.output_padding = numbers_of(options.output_padding);
  return settings;
}

// A convolution over N axes. One axis is an image of one row.
template <std::size_t N>
using ConvGeometry = std::conditional_t<N == 3, kernels::Conv3dGeometry, kernels::Conv2dGeometry>;

// What a convolution over one, two or three axes does. @throws ShapeError unless ranks and channels fit each other and
// the kernel fits into x, ValueError for options out of range.
template <std::size_t N>
ConvGeometry<N> conv_geometry(const char* operation, const Shape& x, const Shape& kernel, const ConvSettings& settings);

// Likewise of a depthwise convolution, whose kernel has the axes [sizes..., in, multiplier].
template <std::size_t N>
ConvGeometry<N> depthwise_conv_geometry(const char* operation, const Shape& x, const Shape& kernel,
                                        const ConvSettings& settings);

// The convolution whose data gradient a transposed convolution of x is: its result has x's shape. @throws likewise, and
// ShapeError for a result without pixels.
template <std::size_t N>
ConvGeometry<N> conv_transpose_geometry(const char* operation, const Shape& x, const Shape& kernel,
                                        const ConvSettings& settings);

}  // namespace xtape::ops
