#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/conv.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "ops/bias_activation.hpp"
#include "ops/convolution.hpp"
#include "ops/windows.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;
using kernels::Conv2dGeometry;

namespace {

void check_types(const Tensor& x, const Tensor& kernel, const Tensor& bias) {
  core::check_floating("conv2d", x);
  core::check_floating("conv2d", kernel);
  if (x.dtype() != kernel.dtype() || (bias.defined() && bias.dtype() != x.dtype())) {
    throw DTypeError(std::string("conv2d: x, kernel and bias must have one type: x ") + name(x.dtype()) + ", kernel " +
                     name(kernel.dtype()) + (bias.defined() ? std::string(", bias ") + name(bias.dtype()) : ""));
  }
}

Conv2dGeometry conv2d_geometry(const Shape& x, const Shape& kernel, const Conv2dOptions& options) {
  const std::string given = "x " + x.str() + ", kernel " + kernel.str();
  if (x.rank() != 4 || kernel.rank() != 4) {
    throw ShapeError("conv2d: expected x [batch, height, width, in] and kernel [height, width, in / groups, out]: " +
                     given);
  }
  const bool same = ops::is_same_padding("conv2d", options.padding);
  ops::check_at_least_one("conv2d", "strides", options.strides);
  ops::check_at_least_one("conv2d", "dilation_rate", options.dilation_rate);
  if (options.groups < 1) {
    throw ValueError("conv2d: groups must be at least 1, got " + std::to_string(options.groups));
  }
  if (x[3] != kernel[2] * options.groups || kernel[3] % options.groups != 0) {
    throw ShapeError("conv2d: channels do not fit at groups " + std::to_string(options.groups) + ": " + given);
  }
  const auto [stride_h, stride_w] = options.strides;
  const auto [dilation_h, dilation_w] = options.dilation_rate;
  const ops::Windows rows = ops::place_windows(x[1], kernel[0], stride_h, dilation_h, same);
  const ops::Windows columns = ops::place_windows(x[2], kernel[1], stride_w, dilation_w, same);
  if (kernel[0] < 1 || kernel[1] < 1 || rows.count < 1 || columns.count < 1) {
    throw ShapeError("conv2d: the kernel, at dilation_rate (" + std::to_string(dilation_h) + ", " +
                     std::to_string(dilation_w) + "), does not fit into the image: " + given);
  }
  return {.batch = x[0],
          .height = x[1],
          .width = x[2],
          .in_channels = x[3],
          .out_channels = kernel[3],
          .kernel_h = kernel[0],
          .kernel_w = kernel[1],
          .stride_h = stride_h,
          .stride_w = stride_w,
          .dilation_h = dilation_h,
          .dilation_w = dilation_w,
          .pad_top = rows.before,
          .pad_bottom = rows.after,
          .pad_left = columns.before,
          .pad_right = columns.after,
          .groups = options.groups,
          .out_h = rows.count,
          .out_w = columns.count};
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options) {
  check_types(x, kernel, Tensor());
  return ops::convolve(x, kernel, conv2d_geometry(x.shape(), kernel.shape(), options));
}

Tensor conv2d(const Tensor& argument, const Tensor& weights, const Tensor& given_bias,
              const std::string& activation_name, const Conv2dOptions& options) {
  check_types(argument, weights, given_bias);
  const Conv2dGeometry geometry = conv2d_geometry(argument.shape(), weights.shape(), options);
  if (given_bias.defined() && given_bias.shape() != Shape{geometry.out_channels}) {
    throw ShapeError("conv2d: expected a bias of shape [" + std::to_string(geometry.out_channels) + "], got " +
                     given_bias.shape().str());
  }
  const kernels::Activation activation = ops::activation_named("conv2d", activation_name);
  const bool relu = activation == kernels::Activation::relu;

  const Tensor x = argument.contiguous();
  const Tensor kernel = weights.contiguous();
  const Tensor bias = given_bias.defined() ? given_bias.contiguous() : Tensor();
  Tensor y = core::make_tensor({geometry.batch, geometry.out_h, geometry.out_w, geometry.out_channels}, x.dtype());
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::conv2d<T>(geometry, core::elements<const T>(x), core::elements<const T>(kernel),
                       bias.defined() ? core::elements<const T>(bias) : nullptr, relu, core::elements<T>(y));
  });
  if (!relu) ops::apply_bias_activation(y, Tensor(), activation);

  if (autograd::needs_grad(x, kernel) || (bias.defined() && autograd::needs_grad(bias))) {
    autograd::record(
        "conv2d", y, Inputs{x, kernel, bias},
        [x = kernel.requires_grad() ? Saved(x) : Saved(), kernel = x.requires_grad() ? Saved(kernel) : Saved(),
         y = activation == kernels::Activation::linear ? Saved() : Saved::output(y), activation,
         geometry](const Tensor& g, Gradients& gradients) {
          const auto [inner, bias_gradient] =
              ops::bias_activation_vjp(g, y.defined() ? y.get() : Tensor(), activation, gradients.needed(2));
          if (gradients.needed(0)) {
            gradients.set(0, ops::convolve_backward_data(inner, kernel.get(), geometry));
          }
          if (gradients.needed(1)) {
            gradients.set(1, ops::convolve_backward_weights(x.get(), inner, geometry));
          }
          if (gradients.needed(2)) gradients.set(2, bias_gradient);
        });
  }
  return y;
}

}  // namespace xtape
