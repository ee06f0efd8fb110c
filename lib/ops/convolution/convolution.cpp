#include "ops/convolution/convolution.hpp"

#include "autograd/record.hpp"
#include "core/dtype_switch.hpp"
#include "ops/support/conversion.hpp"

namespace xtape::ops {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;
using kernels::Conv2dGeometry;

namespace {

// `other` where the gradient of `input` will be a product with it.
Saved saved_for(const Tensor& input, const Tensor& other) { return input.requires_grad() ? Saved(other) : Saved(); }

}  // namespace

Tensor convolve(const Tensor& argument, const Tensor& weights, const Conv2dGeometry& geometry) {
  const Tensor x = contiguous("conv2d", argument);
  const Tensor kernel = contiguous("conv2d", weights);
  Tensor y =
      core::make_tensor({geometry.batch, geometry.out_h, geometry.out_w, geometry.out_channels}, x.dtype(), "conv2d");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::conv2d<T>(geometry, core::elements<const T>(x), core::elements<const T>(kernel), nullptr, false,
                       core::elements<T>(y));
  });
  if (autograd::needs_grad(x, kernel)) {
    autograd::record(
        "conv2d", y, Inputs{x, kernel},
        [x = saved_for(kernel, x), kernel = saved_for(x, kernel), geometry](const Tensor& g, Gradients& gradients) {
          // Once for both: the gradient of a sum, say, is one repeated number.
          const Tensor gradient = contiguous("conv2d", g);
          if (gradients.needed(0)) gradients.set(0, convolve_backward_data(gradient, kernel.get(), geometry));
          if (gradients.needed(1)) gradients.set(1, convolve_backward_weights(x.get(), gradient, geometry));
        });
  }
  return y;
}

Tensor convolve_backward_data(const Tensor& gradient, const Tensor& weights, const Conv2dGeometry& geometry) {
  const Tensor g = contiguous("conv2d_backward_data", gradient);
  const Tensor kernel = contiguous("conv2d_backward_data", weights);
  Tensor y = core::make_tensor({geometry.batch, geometry.height, geometry.width, geometry.in_channels}, g.dtype(),
                               "conv2d_backward_data");
  core::switch_floating(g.dtype(), [&]<class T>(T) {
    kernels::conv2d_backward_data<T>(geometry, core::elements<const T>(g), core::elements<const T>(kernel),
                                     core::elements<T>(y));
  });
  if (autograd::needs_grad(g, kernel)) {
    autograd::record(
        "conv2d_backward_data", y, Inputs{g, kernel},
        [g = saved_for(kernel, g), kernel = saved_for(g, kernel), geometry](const Tensor& h, Gradients& gradients) {
          if (gradients.needed(0)) gradients.set(0, convolve(h, kernel.get(), geometry));
          if (gradients.needed(1)) gradients.set(1, convolve_backward_weights(h, g.get(), geometry));
        });
  }
  return y;
}

Tensor convolve_backward_weights(const Tensor& argument, const Tensor& gradient, const Conv2dGeometry& geometry) {
  const Tensor x = contiguous("conv2d_backward_weights", argument);
  const Tensor g = contiguous("conv2d_backward_weights", gradient);
  Tensor y = core::make_tensor(
      {geometry.kernel_h, geometry.kernel_w, geometry.in_channels / geometry.groups, geometry.out_channels}, x.dtype(),
      "conv2d_backward_weights");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::conv2d_backward_weights<T>(geometry, core::elements<const T>(x), core::elements<const T>(g),
                                        core::elements<T>(y));
  });
  if (autograd::needs_grad(x, g)) {
    autograd::record("conv2d_backward_weights", y, Inputs{x, g},
                     [x = saved_for(g, x), g = saved_for(x, g), geometry](const Tensor& h, Gradients& gradients) {
                       if (gradients.needed(0)) gradients.set(0, convolve_backward_data(g.get(), h, geometry));
                       if (gradients.needed(1)) gradients.set(1, convolve(x.get(), h, geometry));
                     });
  }
  return y;
}

}  // namespace xtape::ops
