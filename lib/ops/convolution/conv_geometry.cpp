#include "ops/convolution/conv_geometry.hpp"

#include <array>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>

#include "ops/convolution/spatial_axis.hpp"

namespace xtape::ops {

using detail::Padding;
using kernels::Conv2dGeometry;
using kernels::Conv3dGeometry;

namespace {

template <std::size_t N>
struct Convolution {
  int64_t batch, in_channels, out_channels, groups;
  std::array<SpatialAxis, N> axes;
};

// The kernel's axes are the spatial ones and `channels`.
std::string expected_shapes(std::size_t spatial, const char* channels) {
  const std::string axes = detail::spatial_axes(spatial, channels);
  return "x " + detail::spatial_axes(spatial, "in") + " and kernel [" + axes.substr(std::string("[batch, ").size());
}

template <std::size_t N>
struct Checks {
  const char* operation;
  const Shape& x;
  const Shape& kernel;
  const ConvSettings& settings;

  std::string given() const { return "x " + x.str() + ", kernel " + kernel.str(); }
  [[noreturn]] void refuse(const std::string& why) const { throw ShapeError(operation + (": " + why) + given()); }

  // `channels` names the last two axes of the kernel. Returns the padding.
  Padding ranks_and_numbers(const char* channels, bool may_be_causal) const {
    if (x.size() != N + 2 || kernel.size() != N + 2) refuse("expected " + expected_shapes(N, channels) + ": ");
    const Padding padding = detail::padding_named(operation, settings.padding, may_be_causal);
    detail::check_positive(operation, "strides", settings.strides);
    detail::check_positive(operation, "dilation_rate", settings.dilation_rate);
    detail::check_at_least(1, operation, "groups", settings.groups);
    return padding;
  }

  [[noreturn]] void refuse_kernel() const {
    constexpr const char* places[] = {"", "the sequence", "the image", "the volume"};
    refuse("the kernel, at dilation_rate " + detail::list_text(settings.dilation_rate) + ", does not fit into " +
           places[N] + ": ");
  }
};

// The windows of the kernel over x, with channels and groups that fit.
template <std::size_t N>
Convolution<N> placed(const Checks<N>& checks, Padding padding, int64_t out_channels, int64_t groups) {
  const Shape &x = checks.x, &kernel = checks.kernel;
  const ConvSettings& settings = checks.settings;
  Convolution<N> result{x[0], x[N + 1], out_channels, groups, {}};
  for (std::size_t i = 0; i < N; ++i) {
    if (kernel[i] < 1) checks.refuse_kernel();
    result.axes[i] = {x[i + 1], kernel[i],
                      detail::place_windows(checks.operation, x[i + 1], kernel[i], settings.strides[i],
                                            settings.dilation_rate[i], padding)};
    if (result.axes[i].windows.count < 1) checks.refuse_kernel();
  }
  return result;
}

template <std::size_t N>
Convolution<N> convolution(const char* operation, const Shape& x, const Shape& kernel, const ConvSettings& settings) {
  const Checks<N> checks{operation, x, kernel, settings};
  const Padding padding = checks.ranks_and_numbers("in / groups, out", N == 1);
  const int64_t groups = settings.groups;
  const bool divisible = x[N + 1] % groups == 0 && kernel[N + 1] % groups == 0;
  if (!divisible || x[N + 1] / groups != kernel[N]) {
    checks.refuse("channels do not fit at groups " + std::to_string(groups) + ": ");
  }
  return placed(checks, padding, kernel[N + 1], groups);
}

template <std::size_t N>
Convolution<N> depthwise_convolution(const char* operation, const Shape& x, const Shape& kernel,
                                     const ConvSettings& settings) {
  const Checks<N> checks{operation, x, kernel, settings};
  const Padding padding = checks.ranks_and_numbers("in, multiplier", N == 1);
  if (x[N + 1] != kernel[N] || kernel[N] < 1) checks.refuse("channels do not fit: ");
  return placed(checks, padding, kernel[N] * kernel[N + 1], kernel[N]);
}

template <std::size_t N>
Convolution<N> transposed_convolution(const char* operation, const Shape& x, const Shape& kernel,
                                      const ConvSettings& settings) {
  const Checks<N> checks{operation, x, kernel, settings};
  const Padding padding = checks.ranks_and_numbers("out, in", false);
  if (x[N + 1] != kernel[N + 1]) checks.refuse("channels differ: ");
  Convolution<N> result{x[0], kernel[N], x[N + 1], 1, {}};
  for (std::size_t i = 0; i < N; ++i) {
    if (kernel[i] < 1) checks.refuse("the kernel is empty: ");
    std::optional<int64_t> output_padding;
    if (!settings.output_padding.empty()) output_padding = settings.output_padding[i];
    const detail::TransposedWindows placed = detail::place_transposed_windows(
        operation, x[i + 1], kernel[i], settings.strides[i], settings.dilation_rate[i], padding, output_padding);
    if (x[i + 1] < 1 || placed.length < 1) checks.refuse("the result has no pixels: ");
    result.axes[i] = {placed.length, kernel[i], placed.windows};
  }
  return result;
}

template <std::size_t N>
Conv2dGeometry plane_of(const Convolution<N>& c, const SpatialAxis& rows, const SpatialAxis& columns) {
  return {.batch = c.batch,
          .height = rows.length,
          .width = columns.length,
          .in_channels = c.in_channels,
          .out_channels = c.out_channels,
          .kernel_h = rows.taps,
          .kernel_w = columns.taps,
          .stride_h = rows.windows.stride,
          .stride_w = columns.windows.stride,
          .dilation_h = rows.windows.dilation,
          .dilation_w = columns.windows.dilation,
          .pad_top = rows.windows.before,
          .pad_bottom = rows.windows.after,
          .pad_left = columns.windows.before,
          .pad_right = columns.windows.after,
          .groups = c.groups,
          .out_h = rows.windows.count,
          .out_w = columns.windows.count};
}

Conv2dGeometry geometry_of(const Convolution<1>& c) { return plane_of(c, absent_axis, c.axes[0]); }
Conv2dGeometry geometry_of(const Convolution<2>& c) { return plane_of(c, c.axes[0], c.axes[1]); }
Conv3dGeometry geometry_of(const Convolution<3>& c) {
  const auto& [depth, taps, windows] = c.axes[0];
  return {.plane = plane_of(c, c.axes[1], c.axes[2]),
          .depth = depth,
          .kernel_d = taps,
          .stride_d = windows.stride,
          .dilation_d = windows.dilation,
          .pad_front = windows.before,
          .pad_back = windows.after,
          .out_d = windows.count};
}

}  // namespace

template <std::size_t N>
ConvGeometry<N> conv_geometry(const char* operation, const Shape& x, const Shape& kernel,
                              const ConvSettings& settings) {
  return geometry_of(convolution<N>(operation, x, kernel, settings));
}

template <std::size_t N>
ConvGeometry<N> conv_transpose_geometry(const char* operation, const Shape& x, const Shape& kernel,
                                        const ConvSettings& settings) {
  return geometry_of(transposed_convolution<N>(operation, x, kernel, settings));
}

template <std::size_t N>
ConvGeometry<N> depthwise_conv_geometry(const char* operation, const Shape& x, const Shape& kernel,
                                        const ConvSettings& settings) {
  return geometry_of(depthwise_convolution<N>(operation, x, kernel, settings));
}

#define XTAPE_INSTANTIATE(name, N) \
  template ConvGeometry<N> name<N>(const char*, const Shape&, const Shape&, const ConvSettings&);
XTAPE_INSTANTIATE(conv_geometry, 1)
XTAPE_INSTANTIATE(conv_geometry, 2)
XTAPE_INSTANTIATE(conv_geometry, 3)
XTAPE_INSTANTIATE(conv_transpose_geometry, 1)
XTAPE_INSTANTIATE(conv_transpose_geometry, 2)
XTAPE_INSTANTIATE(conv_transpose_geometry, 3)
XTAPE_INSTANTIATE(depthwise_conv_geometry, 1)
XTAPE_INSTANTIATE(depthwise_conv_geometry, 2)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::ops
