#include "kernels/convolution/conv2d_max_pool2d.hpp"

#include <string>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/pool.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "ops/convolution/conv_geometry.hpp"
#include "ops/convolution/convolution.hpp"
#include "ops/convolution/pool2d.hpp"
#include "ops/convolution/pool_geometry.hpp"
#include "ops/linalg/bias_activation.hpp"
#include "ops/registry.hpp"
#include "ops/support/bilinear.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;
using kernels::Activation;
using kernels::Conv2dGeometry;
using kernels::Pool2dGeometry;

namespace {

// The gradients of x and the kernel from that of the pooled convolution, before the activation: those that are wanted.
// x or the kernel is undefined where the other one's gradient is not.
struct Conv2dMaxPool2dBackward {
  static constexpr const char* name = "conv2d_max_pool2d_backward";
  static constexpr std::size_t outputs = 2;
  Conv2dGeometry conv;
  Pool2dGeometry pool;
  bool x_needed, kernel_needed;

  void attributes(autograd::Attributes& to) const { ops::add(to, conv), ops::add(to, pool); }
  std::array<Spec, 2> shape(const Tensor& g, const Tensor&, const Tensor&, const Tensor&) const {
    return {Spec{ops::input_shape(conv), g.dtype(), x_needed}, {ops::kernel_shape(conv), g.dtype(), kernel_needed}};
  }
  void compute(const Tensor& gradient, const Tensor& input, const Tensor& weights, const Tensor& given_indices,
               const Tensor& grad_x, const Tensor& grad_kernel) const {
    const Tensor g = ops::dense(name, gradient), x = ops::dense(name, input), kernel = ops::dense(name, weights);
    const Tensor indices = ops::dense(name, given_indices);
    core::switch_floating(g.dtype(), [&]<class T>(T) {
      kernels::conv2d_max_pool2d_backward<T>({.conv = conv,
                                              .pool = pool,
                                              .x = kernel_needed ? core::elements<const T>(x) : nullptr,
                                              .kernel = x_needed ? core::elements<const T>(kernel) : nullptr,
                                              .grad = core::elements<const T>(g),
                                              .indices = core::elements<const uint8_t>(indices),
                                              .grad_x = x_needed ? core::elements<T>(grad_x) : nullptr,
                                              .grad_kernel = kernel_needed ? core::elements<T>(grad_kernel) : nullptr});
    });
  }
  std::array<Tensor, 2> decompose(const Tensor& g, const Tensor& x, const Tensor& kernel, const Tensor& indices) const {
    const Tensor unpooled = ops::max_pool2d_backward(g, indices, pool);
    return {x_needed ? ops::convolve_backward_data(unpooled, kernel, conv) : Tensor(),
            kernel_needed ? ops::convolve_backward_weights(x, unpooled, conv) : Tensor()};
  }
};

// max_pool2d(activation(conv2d(x, kernel) + bias)), and where in its window each largest cell was. The bias may be
// undefined; the activation grows with its argument, so that it may come behind the pooling.
struct Conv2dMaxPool2d {
  static constexpr const char* name = "conv2d_max_pool2d";
  static constexpr std::size_t outputs = 2;
  static constexpr bool lean = true;
  Conv2dGeometry conv;
  Pool2dGeometry pool;
  Activation activation;

  void attributes(autograd::Attributes& to) const {
    ops::add(to, conv), ops::add(to, pool), to("activation", kernels::name_of(activation));
  }
  std::array<Tensor, 2> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& kernel,
                              const ops::Mapped& bias) const {
    if (kernel.mapped || bias.mapped) return autograd::apply_in_loop(*this, examples, x, kernel, bias);
    const Conv2dMaxPool2d op{ops::of_all(conv, examples), ops::of_all(pool, examples), activation};
    const auto [y, indices] = autograd::apply(op, ops::folded(x.value), kernel.value, bias.value);
    return {ops::unfolded(y, examples), ops::unfolded(indices, examples)};
  }
  std::array<Spec, 2> shape(const Tensor& x, const Tensor&, const Tensor&) const {
    const Shape shape = {pool.batch, pool.out_h, pool.out_w, pool.channels};
    return {Spec{shape, x.dtype()}, {shape, DType::uint8}};
  }
  void compute(const Tensor& input, const Tensor& weights, const Tensor& given_bias, const Tensor& y,
               const Tensor& indices) const {
    const Tensor x = ops::dense(name, input), kernel = ops::dense(name, weights), bias = ops::dense(name, given_bias);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::conv2d_max_pool2d<T>({.conv = conv,
                                     .pool = pool,
                                     .x = core::elements<const T>(x),
                                     .kernel = core::elements<const T>(kernel),
                                     .bias = bias.defined() ? core::elements<const T>(bias) : nullptr,
                                     .activation = activation,
                                     .out = core::elements<T>(y),
                                     .indices = indices.defined() ? core::elements<uint8_t>(indices) : nullptr});
    });
  }
  uint32_t keeps(uint32_t wanted) const {
    return ops::keeps_other(wanted) | (activation == Activation::linear ? 0 : 8) | 16;
  }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    if (!g[0].defined()) return;
    const auto [inner, bias_gradient] =
        ops::bias_activation_vjp(name, g[0], primals.output(), activation, gradients.needed(2));
    if (gradients.needed(2)) gradients.set(2, bias_gradient);
    const bool x_needed = gradients.needed(0), kernel_needed = gradients.needed(1);
    if (!x_needed && !kernel_needed) return;
    const auto [grad_x, grad_kernel] = autograd::apply(Conv2dMaxPool2dBackward{conv, pool, x_needed, kernel_needed},
                                                       inner, kernel_needed ? primals.input(0) : Tensor(),
                                                       x_needed ? primals.input(1) : Tensor(), primals.output(1));
    if (x_needed) gradients.set(0, grad_x);
    if (kernel_needed) gradients.set(1, grad_kernel);
  }
  std::array<Tensor, 2> jvp(const Primals& primals, const Tensor& dx, const Tensor& dkernel,
                            const Tensor& dbias) const {
    Tensor inner = dbias.defined() ? broadcast_to(dbias, primals.output().shape()) : Tensor();
    const auto include = [&](const Tensor& convolved) {
      const Tensor part = ops::max_pool2d_pick(convolved, primals.output(1), pool);
      inner = inner.defined() ? inner + part : part;
    };
    if (dx.defined()) include(ops::convolve(dx, primals.input(1), conv));
    if (dkernel.defined()) include(ops::convolve(primals.input(0), dkernel, conv));
    return {ops::activation_vjp(inner, primals.output(), activation), Tensor()};
  }
};

}  // namespace

Tensor conv2d_max_pool2d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation_name,
                         const Conv2dOptions& options, const Pool2dOptions& pool_options) {
  constexpr const char* operation = Conv2dMaxPool2d::name;
  ops::check_types(operation, x, kernel, bias);
  const Conv2dGeometry conv =
      ops::conv_geometry<2>(operation, x.shape(), kernel.shape(), ops::settings_of_conv(options));
  ops::check_bias(operation, bias, conv.out_channels);
  const Pool2dGeometry pool =
      ops::pool2d_geometry(operation, ops::output_shape(conv), ops::settings_of_pool(pool_options));
  const Activation activation = ops::activation_named(operation, activation_name);
  if (pool.window_h * pool.window_w > 256) {
    return max_pool2d(conv2d(x, kernel, bias, activation_name, options), pool_options);
  }
  return autograd::apply(Conv2dMaxPool2d{conv, pool, activation}, ops::contiguous(operation, x),
                         ops::contiguous(operation, kernel), bias)[0];
}

void ops::describe_conv2d_max_pool2d(autograd::Registry& to) {
  to.add<Conv2dMaxPool2d, 3>();
  to.add<Conv2dMaxPool2dBackward, 4>();
}

}  // namespace xtape
