#include "ops/convolution/conv2d_geometry.hpp"

#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>

namespace xtape::ops {

using kernels::Conv2dGeometry;

Conv2dGeometry conv2d_geometry(const char* operation, const Shape& x, const Shape& kernel,
                               const Conv2dOptions& options) {
  const std::string given = "x " + x.str() + ", kernel " + kernel.str();
  if (x.rank() != 4 || kernel.rank() != 4) {
    throw ShapeError(std::string(operation) +
                     ": expected x [batch, height, width, in] and kernel [height, width, in / groups, out]: " + given);
  }
  const bool same = detail::is_same_padding(operation, options.padding);
  detail::check_positive(operation, "strides", options.strides);
  detail::check_positive(operation, "dilation_rate", options.dilation_rate);
  detail::check_at_least(1, operation, "groups", options.groups);
  const bool divisible = x[3] % options.groups == 0 && kernel[3] % options.groups == 0;
  if (!divisible || x[3] / options.groups != kernel[2]) {
    throw ShapeError(std::string(operation) + ": channels do not fit at groups " + std::to_string(options.groups) +
                     ": " + given);
  }
  const auto [dilation_h, dilation_w] = options.dilation_rate;
  const auto refuse = [&, h = dilation_h, w = dilation_w] {
    throw ShapeError(std::string(operation) + ": the kernel, at dilation_rate (" + std::to_string(h) + ", " +
                     std::to_string(w) + "), does not fit into the image: " + given);
  };
  if (kernel[0] < 1 || kernel[1] < 1) refuse();
  const detail::Windows rows = detail::place_windows(operation, x[1], kernel[0], options.strides[0], dilation_h, same);
  const detail::Windows columns = detail::place_windows(operation, x[2], kernel[1], options.strides[1], dilation_w, same);
  if (rows.count < 1 || columns.count < 1) refuse();
  return {.batch = x[0],
          .height = x[1],
          .width = x[2],
          .in_channels = x[3],
          .out_channels = kernel[3],
          .kernel_h = kernel[0],
          .kernel_w = kernel[1],
          .stride_h = rows.stride,
          .stride_w = columns.stride,
          .dilation_h = rows.dilation,
          .dilation_w = columns.dilation,
          .pad_top = rows.before,
          .pad_bottom = rows.after,
          .pad_left = columns.before,
          .pad_right = columns.after,
          .groups = options.groups,
          .out_h = rows.count,
          .out_w = columns.count};
}

}  // namespace xtape::ops
