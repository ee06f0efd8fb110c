#include <string>
#include <xtape/ops/conv.hpp>

#include "autograd/record.hpp"
#include "core/dtype_switch.hpp"
#include "ops/linalg/bias_activation.hpp"
#include "ops/support/conversion.hpp"
#include "ops/convolution/conv2d_geometry.hpp"
#include "ops/convolution/convolution.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;
using kernels::Conv2dGeometry;

Tensor conv2d(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options) {
  ops::check_types("conv2d", x, kernel, Tensor());
  return ops::convolve(x, kernel, ops::conv2d_geometry("conv2d", x.shape(), kernel.shape(), options));
}

Tensor conv2d(const Tensor& argument, const Tensor& weights, const Tensor& given_bias,
              const std::string& activation_name, const Conv2dOptions& options) {
  ops::check_types("conv2d", argument, weights, given_bias);
  const Conv2dGeometry geometry = ops::conv2d_geometry("conv2d", argument.shape(), weights.shape(), options);
  ops::check_bias("conv2d", given_bias, geometry.out_channels);
  const kernels::Activation activation = ops::activation_named("conv2d", activation_name);
  const bool relu = activation == kernels::Activation::relu;

  const Tensor x = ops::contiguous("conv2d", argument);
  const Tensor kernel = ops::contiguous("conv2d", weights);
  const Tensor bias = given_bias.defined() ? ops::contiguous("conv2d", given_bias) : Tensor();
  Tensor y = core::make_tensor({geometry.batch, geometry.out_h, geometry.out_w, geometry.out_channels}, x.dtype(),
                               "conv2d");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::conv2d<T>(geometry, core::elements<const T>(x), core::elements<const T>(kernel),
                       bias.defined() ? core::elements<const T>(bias) : nullptr, relu, core::elements<T>(y));
  });
  if (!relu) ops::apply_bias_activation("conv2d", y, Tensor(), activation);

  if (autograd::needs_grad(x, kernel) || (bias.defined() && autograd::needs_grad(bias))) {
    autograd::record(
        "conv2d", y, Inputs{x, kernel, bias},
        [x = kernel.requires_grad() ? Saved(x) : Saved(), kernel = x.requires_grad() ? Saved(kernel) : Saved(),
         y = activation == kernels::Activation::linear ? Saved() : Saved::output(y), activation,
         geometry](const Tensor& g, Gradients& gradients) {
          const auto [inner, bias_gradient] =
              ops::bias_activation_vjp("conv2d", g, y.defined() ? y.get() : Tensor(), activation, gradients.needed(2));
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
