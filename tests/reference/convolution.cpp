#include <algorithm>
#include <array>
#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {
namespace {

// Sets a number, one for each axis, or an optional of these, where it is given.
void set(int64_t& to, const Config& arguments, const char* key) { to = arguments.integer(key, to); }
template <std::size_t N>
void set(std::array<int64_t, N>& to, const Config& arguments, const char* key) {
  if (!arguments.contains(key)) return;
  const std::vector<int64_t> values = arguments.integers(key);
  if (values.size() == 1) to.fill(values[0]);
  if (values.size() == N) std::copy(values.begin(), values.end(), to.begin());
}
template <class Numbers>
void set(std::optional<Numbers>& to, const Config& arguments, const char* key) {
  if (arguments.contains(key)) set(to.emplace(), arguments, key);
}

template <class Options>
Options convolution_of(const Config& arguments) {
  Options options;
  set(options.strides, arguments, "strides");
  set(options.dilation_rate, arguments, "dilation_rate");
  options.padding = arguments.text("padding", "valid");
  if constexpr (requires { options.groups; }) options.groups = arguments.integer("groups", 1);
  if constexpr (requires { options.output_padding; }) set(options.output_padding, arguments, "output_padding");
  return options;
}

template <class Options>
Options pool_of(const Config& arguments) {
  Options options;
  set(options.pool_size, arguments, "pool_size");
  set(options.strides, arguments, "strides");
  options.padding = arguments.text("padding", "valid");
  return options;
}

// Of x and a kernel, or with bias and activation.
template <class Options>
Call convolution(Tensor (*plain)(const Tensor&, const Tensor&, const Options&),
                 Tensor (*fused)(const Tensor&, const Tensor&, const Tensor&, const std::string&, const Options&)) {
  return [=](const Tensors& x, const Config& arguments) -> Tensors {
    const auto options = convolution_of<Options>(arguments);
    if (x.size() == 2) return {plain(x[0], x[1], options)};
    return {fused(x[0], x[1], x[2], arguments.text("activation", ""), options)};
  };
}

template <class Options>
Call separable(Tensor (*plain)(const Tensor&, const Tensor&, const Tensor&, const Options&),
               Tensor (*fused)(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const std::string&,
                               const Options&)) {
  return [=](const Tensors& x, const Config& arguments) -> Tensors {
    const auto options = convolution_of<Options>(arguments);
    if (x.size() == 3) return {plain(x[0], x[1], x[2], options)};
    return {fused(x[0], x[1], x[2], x[3], arguments.text("activation", ""), options)};
  };
}

template <class Options>
Call pool(Tensor (*function)(const Tensor&, const Options&)) {
  return [=](const Tensors& x, const Config& arguments) -> Tensors {
    return {function(x[0], pool_of<Options>(arguments))};
  };
}

Call adaptive(Tensor (*function)(const Tensor&, Count)) {
  return [=](const Tensors& x, const Config& arguments) -> Tensors {
    return {function(x[0], arguments.integer("output_size", 0))};
  };
}
template <std::size_t N>
Call adaptive(Tensor (*function)(const Tensor&, const std::array<int64_t, N>&)) {
  return [=](const Tensors& x, const Config& arguments) -> Tensors {
    std::array<int64_t, N> size = {};
    set(size, arguments, "output_size");
    return {function(x[0], size)};
  };
}

}  // namespace

Calls convolution_calls() {
  return {
      {"conv1d", convolution<Conv1dOptions>(conv1d, conv1d)},
      {"conv2d", convolution<Conv2dOptions>(conv2d, conv2d)},
      {"conv3d", convolution<Conv3dOptions>(conv3d, conv3d)},
      {"conv_transpose1d", convolution<ConvTranspose1dOptions>(conv_transpose1d, conv_transpose1d)},
      {"conv_transpose2d", convolution<ConvTranspose2dOptions>(conv_transpose2d, conv_transpose2d)},
      {"conv_transpose3d", convolution<ConvTranspose3dOptions>(conv_transpose3d, conv_transpose3d)},
      {"depthwise_conv1d", convolution<DepthwiseConv1dOptions>(depthwise_conv1d, depthwise_conv1d)},
      {"depthwise_conv2d", convolution<DepthwiseConv2dOptions>(depthwise_conv2d, depthwise_conv2d)},
      {"separable_conv1d", separable<DepthwiseConv1dOptions>(separable_conv1d, separable_conv1d)},
      {"separable_conv2d", separable<DepthwiseConv2dOptions>(separable_conv2d, separable_conv2d)},
      {"conv2d_max_pool2d",
       [](const Tensors& x, const Config& arguments) -> Tensors {
         return {conv2d_max_pool2d(x[0], x[1], x[2], arguments.text("activation", ""),
                                   convolution_of<Conv2dOptions>(arguments),
                                   pool_of<Pool2dOptions>(arguments.object("pool")))};
       }},
      {"max_pool1d", pool(max_pool1d)},
      {"max_pool2d", pool(max_pool2d)},
      {"max_pool3d", pool(max_pool3d)},
      {"avg_pool1d", pool(avg_pool1d)},
      {"avg_pool2d", pool(avg_pool2d)},
      {"avg_pool3d", pool(avg_pool3d)},
      {"adaptive_max_pool1d", adaptive(adaptive_max_pool1d)},
      {"adaptive_max_pool2d", adaptive(adaptive_max_pool2d)},
      {"adaptive_max_pool3d", adaptive(adaptive_max_pool3d)},
      {"adaptive_avg_pool1d", adaptive(adaptive_avg_pool1d)},
      {"adaptive_avg_pool2d", adaptive(adaptive_avg_pool2d)},
      {"adaptive_avg_pool3d", adaptive(adaptive_avg_pool3d)},
  };
}

}  // namespace xtape::test
