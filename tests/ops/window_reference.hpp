#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

// Convolutions and pooling over any number of axes, by their definitions, element by element.
namespace xtape::test {

using Lengths = std::vector<int64_t>;

/// The settings of a convolution or of pooling; an empty list is 1 for each axis.
struct WindowOptions {
  Lengths strides = {};
  std::string padding = "valid";
  Lengths dilation = {};
  int64_t groups = 1;
  /// Of transposed convolutions; empty where it is not given.
  Lengths output_padding = {};
};

/// x [batch, spatial..., in] and kernel [sizes..., in / groups, out].
Tensor reference_conv(const Tensor& x, const Tensor& kernel, const WindowOptions& options = {});
/// Each cell of x adds the kernel, [sizes..., out, in], weighed; what Keras crops is then cropped.
Tensor reference_conv_transpose(const Tensor& x, const Tensor& kernel, const WindowOptions& options = {});

/// The largest cell of each window, or the mean.
Tensor reference_pool(const Tensor& x, const Lengths& size, const WindowOptions& options, bool largest);
/// Of each bin.
Tensor reference_adaptive_pool(const Tensor& x, const Lengths& bins, bool largest);

}  // namespace xtape::test
