#include "kernels/convolution/conv2d_max_pool2d.hpp"

#include <string>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/pool.hpp>

#include "autograd/record.hpp"
#include "core/dtype_switch.hpp"
#include "ops/convolution/conv2d_geometry.hpp"
#include "ops/convolution/convolution.hpp"
#include "ops/convolution/pool2d.hpp"
#include "ops/linalg/bias_activation.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;
using kernels::Conv2dGeometry;
using kernels::Pool2dGeometry;

namespace {

constexpr const char* operation = "conv2d_max_pool2d";

// The gradients of x and the kernel from that of the pooled convolution.
void backward(const Tensor& gradient, const Saved& x, const Saved& kernel, const Tensor& indices,
              const Conv2dGeometry& conv, const Pool2dGeometry& pool, Gradients& gradients) {
  if (autograd::recording) {
    const Tensor g = ops::max_pool2d_backward(gradient, indices, pool);
    if (gradients.needed(0)) gradients.set(0, ops::convolve_backward_data(g, kernel.get(), conv));
    if (gradients.needed(1)) gradients.set(1, ops::convolve_backward_weights(x.get(), g, conv));
    return;
  }
  if (!gradients.needed(0) && !gradients.needed(1)) return;
  const Tensor image = gradients.needed(1) ? x.get() : Tensor();
  const Tensor weights = gradients.needed(0) ? kernel.get() : Tensor();
  const auto made = [&](const Shape& shape) { return core::make_tensor(shape, gradient.dtype(), operation); };
  const Tensor grad_x =
      gradients.needed(0) ? made({conv.batch, conv.height, conv.width, conv.in_channels}) : Tensor();
  const Tensor grad_kernel =
      gradients.needed(1) ? made({conv.kernel_h, conv.kernel_w, conv.in_channels / conv.groups, conv.out_channels})
                          : Tensor();
  core::switch_floating(gradient.dtype(), [&]<class T>(T) {
    kernels::conv2d_max_pool2d_backward<T>(
        {.conv = conv,
         .pool = pool,
         .x = image.defined() ? core::elements<const T>(image) : nullptr,
         .kernel = weights.defined() ? core::elements<const T>(weights) : nullptr,
         .grad = core::elements<const T>(gradient),
         .indices = core::elements<const uint8_t>(indices),
         .grad_x = grad_x.defined() ? core::elements<T>(grad_x) : nullptr,
         .grad_kernel = grad_kernel.defined() ? core::elements<T>(grad_kernel) : nullptr});
  });
  if (grad_x.defined()) gradients.set(0, grad_x);
  if (grad_kernel.defined()) gradients.set(1, grad_kernel);
}

}  // namespace

Tensor conv2d_max_pool2d(const Tensor& argument, const Tensor& weights, const Tensor& given_bias,
                         const std::string& activation_name, const Conv2dOptions& options,
                         const Pool2dOptions& pool_options) {
  ops::check_types(operation, argument, weights, given_bias);
  const Conv2dGeometry conv = ops::conv2d_geometry(operation, argument.shape(), weights.shape(), options);
  ops::check_bias(operation, given_bias, conv.out_channels);
  const Pool2dGeometry pool =
      ops::pool2d_geometry(operation, {conv.batch, conv.out_h, conv.out_w, conv.out_channels}, pool_options);
  const kernels::Activation activation = ops::activation_named(operation, activation_name);
  if (pool.window_h * pool.window_w > 256) {
    return max_pool2d(conv2d(argument, weights, given_bias, activation_name, options), pool_options);
  }

  const Tensor x = ops::contiguous(operation, argument);
  const Tensor kernel = ops::contiguous(operation, weights);
  const Tensor bias = given_bias.defined() ? ops::contiguous(operation, given_bias) : Tensor();
  const bool recorded = autograd::needs_grad(x, kernel) || (bias.defined() && autograd::needs_grad(bias));
  const Shape shape = {pool.batch, pool.out_h, pool.out_w, pool.channels};
  Tensor y = core::make_tensor(shape, x.dtype(), operation);
  const Tensor indices = recorded ? core::make_tensor(shape, DType::uint8, operation) : Tensor();
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::conv2d_max_pool2d<T>({.conv = conv,
                                   .pool = pool,
                                   .x = core::elements<const T>(x),
                                   .kernel = core::elements<const T>(kernel),
                                   .bias = bias.defined() ? core::elements<const T>(bias) : nullptr,
                                   .activation = activation,
                                   .out = core::elements<T>(y),
                                   .indices = recorded ? core::elements<uint8_t>(indices) : nullptr});
  });

  if (recorded) {
    autograd::record(
        operation, y, Inputs{x, kernel, bias},
        [x = kernel.requires_grad() ? Saved(x) : Saved(), kernel = x.requires_grad() ? Saved(kernel) : Saved(),
         y = activation == kernels::Activation::linear ? Saved() : Saved::output(y), indices, activation, conv,
         pool](const Tensor& g, Gradients& gradients) {
          const auto [inner, bias_gradient] =
              ops::bias_activation_vjp(operation, g, y.defined() ? y.get() : Tensor(), activation, gradients.needed(2));
          backward(inner, x, kernel, indices, conv, pool, gradients);
          if (gradients.needed(2)) gradients.set(2, bias_gradient);
        });
  }
  return y;
}

}  // namespace xtape
