#include <memory>
#include <string>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "ops/convolution/conv2d_geometry.hpp"
#include "ops/convolution/convolution.hpp"
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

namespace {

// activation(conv2d(x, kernel) + bias); the bias may be undefined.
struct Conv2dBiasActivation {
  static constexpr const char* name = "conv2d";
  Conv2dGeometry geometry;
  Activation activation;

  void attributes(autograd::Attributes& to) const {
    ops::add(to, geometry), to("activation", kernels::name_of(activation));
  }
  Tensor batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& kernel,
               const ops::Mapped& bias) const {
    if (!kernel.mapped && !bias.mapped) {
      const Conv2dBiasActivation op{ops::of_all(geometry, examples), activation};
      return ops::unfolded(autograd::apply(op, ops::folded(x.value), kernel.value, bias.value), examples);
    }
    // What is not mapped by itself is where the bias is added.
    const Tensor y = x.mapped || kernel.mapped ? ops::convolve_all(examples, x, kernel, geometry)
                                               : ops::convolve(x.value, kernel.value, geometry);
    return ops::activate(bias.value.defined() ? y + ops::aligned(bias, 4) : y, activation);
  }
  Spec shape(const Tensor& x, const Tensor&, const Tensor&) const { return {ops::output_shape(geometry), x.dtype()}; }
  void compute(const Tensor& input, const Tensor& weights, const Tensor& given_bias, const Tensor& y) const {
    const Tensor x = ops::dense(name, input), kernel = ops::dense(name, weights), bias = ops::dense(name, given_bias);
    const bool relu = activation == Activation::relu;
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::conv2d<T>(geometry, core::elements<const T>(x), core::elements<const T>(kernel),
                         bias.defined() ? core::elements<const T>(bias) : nullptr, relu, core::elements<T>(y));
    });
    if (!relu) ops::apply_bias_activation(name, y, Tensor(), activation);
  }
  std::optional<autograd::Instruction> followed_by(const autograd::Instruction& next, const Tensor& x,
                                                   const Tensor& kernel, const Tensor& bias) const {
    if (activation != Activation::linear) return {};
    return ops::activated_conv2d(geometry, {x, kernel, bias}, next);
  }
  uint32_t keeps(uint32_t wanted) const {
    return ops::keeps_other(wanted) | (activation == Activation::linear ? 0 : 8);
  }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const {
    const auto [inner, bias_gradient] =
        ops::bias_activation_vjp(name, g, primals.output(), activation, gradients.needed(2));
    if (gradients.needed(0)) gradients.set(0, ops::convolve_backward_data(inner, primals.input(1), geometry));
    if (gradients.needed(1)) gradients.set(1, ops::convolve_backward_weights(primals.input(0), inner, geometry));
    if (gradients.needed(2)) gradients.set(2, bias_gradient);
  }
  Tensor jvp(const Primals& primals, const Tensor& dx, const Tensor& dkernel, const Tensor& dbias) const {
    const Tensor x = primals.input(0), kernel = primals.input(1);
    Tensor inner;
    if (dx.defined() && dkernel.defined() && geometry.groups == 1) {
      // The sum of both products is one convolution, of twice the channels.
      Conv2dGeometry both = geometry;
      both.in_channels *= 2;
      inner = autograd::apply(Conv2dBiasActivation{both, Activation::linear}, concatenate({dx, x}, -1),
                              concatenate({kernel, dkernel}, 2), dbias);
    } else {
      inner = dbias.defined() ? broadcast_to(dbias, ops::output_shape(geometry)) : Tensor();
      const auto include = [&](const Tensor& part) { inner = inner.defined() ? inner + part : part; };
      if (dx.defined()) include(ops::convolve(dx, kernel, geometry));
      if (dkernel.defined()) include(ops::convolve(x, dkernel, geometry));
    }
    return ops::activation_vjp(inner, primals.output(), activation);
  }
};

}  // namespace

std::optional<autograd::Instruction> ops::activated_conv2d(const Conv2dGeometry& geometry,
                                                           const std::vector<Tensor>& inputs,
                                                           const autograd::Instruction& next) {
  const std::optional<Activation> activation = activation_of(next);
  if (!activation) return {};
  return autograd::Instruction{
      &autograd::op_table<Conv2dBiasActivation, 3>,
      std::make_shared<const Conv2dBiasActivation>(Conv2dBiasActivation{geometry, *activation}), inputs, next.outputs};
}

Tensor conv2d(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options) {
  ops::check_types("conv2d", x, kernel, Tensor());
  return ops::convolve(x, kernel, ops::conv2d_geometry("conv2d", x.shape(), kernel.shape(), options));
}

Tensor conv2d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation_name,
              const Conv2dOptions& options) {
  ops::check_types("conv2d", x, kernel, bias);
  const Conv2dGeometry geometry = ops::conv2d_geometry("conv2d", x.shape(), kernel.shape(), options);
  ops::check_bias("conv2d", bias, geometry.out_channels);
  const Activation activation = ops::activation_named("conv2d", activation_name);
  return autograd::apply(Conv2dBiasActivation{geometry, activation}, ops::contiguous("conv2d", x),
                         ops::contiguous("conv2d", kernel), bias);
}

void ops::describe_conv2d(autograd::Registry& to) { to.add<Conv2dBiasActivation, 3>(); }

}  // namespace xtape
