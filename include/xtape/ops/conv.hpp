#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <xtape/ops/pool.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

/// Settings of convolutions, named as in Keras: one number for each spatial axis.
struct Conv1dOptions {
  int64_t strides = 1;
  /// "valid" (none), "same" (output length ceil(n / stride); the smaller half comes first) or "causal" (the same
  /// length; all of it comes first, so that no output reads what comes after it).
  std::string padding = "valid";
  int64_t dilation_rate = 1;
  int64_t groups = 1;
};
struct Conv2dOptions {
  std::array<int64_t, 2> strides = {1, 1};
  /// "valid" (none) or "same" (output length ceil(n / stride); the smaller half comes first).
  std::string padding = "valid";
  std::array<int64_t, 2> dilation_rate = {1, 1};
  int64_t groups = 1;
};
struct Conv3dOptions {
  std::array<int64_t, 3> strides = {1, 1, 1};
  /// As with Conv2dOptions.
  std::string padding = "valid";
  std::array<int64_t, 3> dilation_rate = {1, 1, 1};
  int64_t groups = 1;
};

/// The cross-correlation that Keras calls convolution, channels last: x [batch, spatial..., in], kernel
/// [sizes..., in / groups, out] -> [batch, spatial..., out], over one spatial axis (length), two (height, width) or
/// three (depth, height, width).
/// @throws ShapeError if ranks or channels do not fit, or the kernel, at its dilation, exceeds the padded x or reaches
/// over 2^31 cells and more; ValueError for strides, dilation or groups below 1 or an unknown padding; DTypeError
/// unless x and kernel are both float32 or both float64.
XTAPE_API Tensor conv1d(const Tensor& x, const Tensor& kernel, const Conv1dOptions& options = {});
XTAPE_API Tensor conv2d(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options = {});
XTAPE_API Tensor conv3d(const Tensor& x, const Tensor& kernel, const Conv3dOptions& options = {});

/// activation(conv(x, kernel) + bias) in one pass; bias [out] or undefined; `activation`: "linear", "relu", "sigmoid"
/// or "tanh"; a sigmoid's logits as with dense. @throws as above; ShapeError, DTypeError for a bias of another shape or
/// type; ValueError for another activation.
XTAPE_API Tensor conv1d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                        const Conv1dOptions& options = {});
XTAPE_API Tensor conv2d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                        const Conv2dOptions& options = {});
XTAPE_API Tensor conv3d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                        const Conv3dOptions& options = {});

/// max_pool2d(conv2d(x, kernel, bias, activation, options), pool_options) without keeping what lies between: a few
/// images at a time are convolved and pooled in the cache, and bias and activation, which do not change the order of
/// values, follow on the pooled part alone. Of elements that only the activation makes equal, the largest before it
/// gets the gradient. @throws as conv2d and max_pool2d.
XTAPE_API Tensor conv2d_max_pool2d(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                   const std::string& activation, const Conv2dOptions& options = {},
                                   const Pool2dOptions& pool_options = {});

/// Settings of transposed convolutions, named as in Keras. Of n cells, a stride s and a kernel that extends over k
/// cells, (size - 1) * dilation_rate + 1, they make max(s, k) - s + n * s with padding "valid" and n * s with "same",
/// which crops the smaller half first; with output_padding p, which is below the stride, k - s + n * s + p and
/// (n - 1) * s + k % 2 + p.
struct ConvTranspose1dOptions {
  int64_t strides = 1;
  std::string padding = "valid";
  std::optional<int64_t> output_padding = std::nullopt;
  int64_t dilation_rate = 1;
};
struct ConvTranspose2dOptions {
  std::array<int64_t, 2> strides = {1, 1};
  std::string padding = "valid";
  std::optional<std::array<int64_t, 2>> output_padding = std::nullopt;
  std::array<int64_t, 2> dilation_rate = {1, 1};
};
struct ConvTranspose3dOptions {
  std::array<int64_t, 3> strides = {1, 1, 1};
  std::string padding = "valid";
  std::optional<std::array<int64_t, 3>> output_padding = std::nullopt;
  std::array<int64_t, 3> dilation_rate = {1, 1, 1};
};

/// The transposed convolution: each cell of x adds the kernel, weighed by its channels, to the result, `strides`
/// further on than the last one. What the gradient of a convolution makes of that of its output. x [batch, spatial...,
/// in], kernel [sizes..., out, in] -> [batch, spatial..., out]; bias and activation as with conv2d. @throws ShapeError
/// if ranks or channels do not fit, or the result has no cells; ValueError, DTypeError as conv2d; ValueError for an
/// output_padding outside [0, stride).
XTAPE_API Tensor conv_transpose1d(const Tensor& x, const Tensor& kernel, const ConvTranspose1dOptions& options = {});
XTAPE_API Tensor conv_transpose2d(const Tensor& x, const Tensor& kernel, const ConvTranspose2dOptions& options = {});
XTAPE_API Tensor conv_transpose3d(const Tensor& x, const Tensor& kernel, const ConvTranspose3dOptions& options = {});
XTAPE_API Tensor conv_transpose1d(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                  const std::string& activation, const ConvTranspose1dOptions& options = {});
XTAPE_API Tensor conv_transpose2d(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                  const std::string& activation, const ConvTranspose2dOptions& options = {});
XTAPE_API Tensor conv_transpose3d(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                  const std::string& activation, const ConvTranspose3dOptions& options = {});

/// Settings of depthwise convolutions, and of the depthwise part of separable ones; paddings as with conv1d and conv2d.
struct DepthwiseConv1dOptions {
  int64_t strides = 1;
  std::string padding = "valid";
  int64_t dilation_rate = 1;
};
struct DepthwiseConv2dOptions {
  std::array<int64_t, 2> strides = {1, 1};
  std::string padding = "valid";
  std::array<int64_t, 2> dilation_rate = {1, 1};
};

/// Each channel is convolved with filters of its own: x [batch, spatial..., in], kernel [sizes..., in, multiplier] ->
/// [batch, spatial..., in * multiplier], the results of one channel side by side; bias [in * multiplier] and activation
/// as with conv2d. @throws as conv2d.
XTAPE_API Tensor depthwise_conv1d(const Tensor& x, const Tensor& kernel, const DepthwiseConv1dOptions& options = {});
XTAPE_API Tensor depthwise_conv2d(const Tensor& x, const Tensor& kernel, const DepthwiseConv2dOptions& options = {});
XTAPE_API Tensor depthwise_conv1d(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                  const std::string& activation, const DepthwiseConv1dOptions& options = {});
XTAPE_API Tensor depthwise_conv2d(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                  const std::string& activation, const DepthwiseConv2dOptions& options = {});

/// A depthwise convolution, then one of single cells over its channels: depthwise_kernel [sizes..., in, multiplier],
/// pointwise_kernel [1..., in * multiplier, out] -> [batch, spatial..., out]; bias [out] and activation as with conv2d.
/// @throws as conv2d.
XTAPE_API Tensor separable_conv1d(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                                  const DepthwiseConv1dOptions& options = {});
XTAPE_API Tensor separable_conv2d(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                                  const DepthwiseConv2dOptions& options = {});
XTAPE_API Tensor separable_conv1d(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                                  const Tensor& bias, const std::string& activation,
                                  const DepthwiseConv1dOptions& options = {});
XTAPE_API Tensor separable_conv2d(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                                  const Tensor& bias, const std::string& activation,
                                  const DepthwiseConv2dOptions& options = {});

}  // namespace xtape
