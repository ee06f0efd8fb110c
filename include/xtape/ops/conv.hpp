#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <xtape/ops/pool.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

/// Settings of a two-dimensional convolution, named as in Keras.
struct Conv2dOptions {
  std::array<int64_t, 2> strides = {1, 1};
  /// "valid" (none) or "same" (output length ceil(n / stride); the smaller half comes first).
  std::string padding = "valid";
  std::array<int64_t, 2> dilation_rate = {1, 1};
  int64_t groups = 1;
};

/// The cross-correlation that Keras calls convolution, channels last: x [batch, height, width, in], kernel
/// [kernel_height, kernel_width, in / groups, out] -> [batch, out_height, out_width, out].
/// @throws ShapeError if ranks or channels do not fit, or the kernel, at its dilation, exceeds the padded image or
/// reaches over 2^31 cells and more; ValueError for strides, dilation or groups below 1 or an unknown padding;
/// DTypeError unless x and kernel are both float32 or both float64.
XTAPE_API Tensor conv2d(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options = {});

/// activation(conv2d(x, kernel) + bias) in one pass; bias [out] or undefined; `activation`: "linear", "relu", "sigmoid"
/// or "tanh"; a sigmoid's logits as with dense. @throws as above; ShapeError, DTypeError for a bias of another shape or type; ValueError for another
/// activation.
XTAPE_API Tensor conv2d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                        const Conv2dOptions& options = {});

/// max_pool2d(conv2d(x, kernel, bias, activation, options), pool_options) without keeping what lies between: a few
/// images at a time are convolved and pooled in the cache, and bias and activation, which do not change the order of
/// values, follow on the pooled part alone. Of elements that only the activation makes equal, the largest before it
/// gets the gradient. @throws as conv2d and max_pool2d.
XTAPE_API Tensor conv2d_max_pool2d(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                                   const std::string& activation, const Conv2dOptions& options = {},
                                   const Pool2dOptions& pool_options = {});

}  // namespace xtape
