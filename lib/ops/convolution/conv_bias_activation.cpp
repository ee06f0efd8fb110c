#include <memory>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "ops/convolution/convolution.hpp"
#include "ops/linalg/bias_activation.hpp"
#include "ops/registry.hpp"
#include "ops/support/bilinear.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

namespace xtape::ops {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;
using kernels::Activation;
using kernels::Conv2dGeometry;
using kernels::Conv3dGeometry;

namespace {

// activation(conv(x, kernel) + bias); the bias may be undefined.
template <class Geometry>
struct ConvBiasActivation {
  static constexpr const char* name = ConvOf<Geometry>::forward_name;
  Geometry geometry;
  Activation activation;

  void attributes(autograd::Attributes& to) const { add(to, geometry), to("activation", kernels::name_of(activation)); }
  Tensor batch(const Examples& examples, const Mapped& x, const Mapped& kernel, const Mapped& bias) const {
    if (!kernel.mapped && !bias.mapped) {
      const ConvBiasActivation op{of_all(geometry, examples), activation};
      return unfolded(autograd::apply(op, folded(x.value), kernel.value, bias.value), examples);
    }
    // What is not mapped by itself is where the bias is added.
    const Tensor y = x.mapped || kernel.mapped ? convolve_all(examples, x, kernel, geometry)
                                               : convolve(x.value, kernel.value, geometry);
    return activate(bias.value.defined() ? y + aligned(bias, output_shape(geometry).rank()) : y, activation);
  }
  Spec shape(const Tensor& x, const Tensor&, const Tensor&) const { return {output_shape(geometry), x.dtype()}; }
  void compute(const Tensor& input, const Tensor& weights, const Tensor& given_bias, const Tensor& y) const {
    const Tensor x = dense(name, input), kernel = dense(name, weights), bias = dense(name, given_bias);
    const bool relu = activation == Activation::relu;
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      ConvOf<Geometry>::template forward<T>(geometry, core::elements<const T>(x), core::elements<const T>(kernel),
                                            bias.defined() ? core::elements<const T>(bias) : nullptr, relu,
                                            core::elements<T>(y));
    });
    if (!relu) apply_bias_activation(name, y, Tensor(), activation);
  }
  std::optional<autograd::Instruction> followed_by(const autograd::Instruction& next, const Tensor& x,
                                                   const Tensor& kernel, const Tensor& bias) const {
    if (activation != Activation::linear) return {};
    return activated_conv(geometry, {x, kernel, bias}, next);
  }
  uint32_t keeps(uint32_t wanted) const { return keeps_other(wanted) | (activation == Activation::linear ? 0 : 8); }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const {
    const auto [inner, bias_gradient] = bias_activation_vjp(name, g, primals.output(), activation, gradients.needed(2));
    if (gradients.needed(0)) gradients.set(0, convolve_backward_data(inner, primals.input(1), geometry));
    if (gradients.needed(1)) gradients.set(1, convolve_backward_weights(primals.input(0), inner, geometry));
    if (gradients.needed(2)) gradients.set(2, bias_gradient);
  }
  Tensor jvp(const Primals& primals, const Tensor& dx, const Tensor& dkernel, const Tensor& dbias) const {
    const Tensor x = primals.input(0), kernel = primals.input(1);
    Tensor inner;
    if (dx.defined() && dkernel.defined() && plane_of(geometry).groups == 1) {
      // The sum of both products is one convolution, of twice the channels.
      Geometry both = geometry;
      plane_of(both).in_channels *= 2;
      inner = autograd::apply(ConvBiasActivation{both, Activation::linear}, concatenate({dx, x}, -1),
                              concatenate({kernel, dkernel}, -2), dbias);
    } else {
      inner = dbias.defined() ? broadcast_to(dbias, output_shape(geometry)) : Tensor();
      const auto include = [&](const Tensor& part) { inner = inner.defined() ? inner + part : part; };
      if (dx.defined()) include(convolve(dx, kernel, geometry));
      if (dkernel.defined()) include(convolve(x, dkernel, geometry));
    }
    return activation_vjp(inner, primals.output(), activation);
  }
};

}  // namespace

template <class Geometry>
std::optional<autograd::Instruction> activated_conv(const Geometry& geometry, const std::vector<Tensor>& inputs,
                                                    const autograd::Instruction& next) {
  using Op = ConvBiasActivation<Geometry>;
  const std::optional<Activation> activation = activation_of(next);
  if (!activation) return {};
  return autograd::Instruction{&autograd::op_table<Op, 3>, std::make_shared<const Op>(Op{geometry, *activation}),
                               inputs, next.outputs};
}

template <class Geometry>
Tensor convolve(const Tensor& x, const Tensor& kernel, const Tensor& bias, Activation activation,
                const Geometry& geometry) {
  constexpr const char* name = ConvBiasActivation<Geometry>::name;
  return autograd::apply(ConvBiasActivation<Geometry>{geometry, activation}, contiguous(name, x),
                         contiguous(name, kernel), bias);
}

#define XTAPE_INSTANTIATE(Geometry)                                                                         \
  template std::optional<autograd::Instruction> activated_conv(const Geometry&, const std::vector<Tensor>&, \
                                                               const autograd::Instruction&);               \
  template Tensor convolve(const Tensor&, const Tensor&, const Tensor&, Activation, const Geometry&);
XTAPE_INSTANTIATE(Conv2dGeometry)
XTAPE_INSTANTIATE(Conv3dGeometry)
#undef XTAPE_INSTANTIATE

void describe_conv_bias_activation(autograd::Registry& to) {
  to.add<ConvBiasActivation<Conv2dGeometry>, 3>();
  to.add<ConvBiasActivation<Conv3dGeometry>, 3>();
}

}  // namespace xtape::ops
