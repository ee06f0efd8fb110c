#include <memory>
#include <optional>
#include <string>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/conv.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "ops/convolution/conv_geometry.hpp"
#include "ops/convolution/convolution.hpp"
#include "ops/convolution/lines.hpp"
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
using kernels::Conv3dGeometry;
using ops::Examples;
using ops::Mapped;

namespace {

// activation(y + bias), where y is the data gradient of a convolution whose output gradient is x; the bias may be
// undefined.
template <class Geometry>
struct ConvTranspose {
  static constexpr const char* name = ops::ConvOf<Geometry>::transpose_name;
  Geometry geometry;
  Activation activation;

  void attributes(autograd::Attributes& to) const {
    ops::add(to, geometry), to("activation", kernels::name_of(activation));
  }
  Tensor batch(const Examples& examples, const Mapped& x, const Mapped& kernel, const Mapped& bias) const {
    if (!kernel.mapped && !bias.mapped) {
      const ConvTranspose op{ops::of_all(geometry, examples), activation};
      return ops::unfolded(autograd::apply(op, ops::folded(x.value), kernel.value, bias.value), examples);
    }
    // What is not mapped by itself is where the bias is added.
    const Tensor y = x.mapped || kernel.mapped ? ops::convolve_all_backward_data(examples, x, kernel, geometry)
                                               : ops::convolve_backward_data(x.value, kernel.value, geometry);
    const int rank = ops::input_shape(geometry).rank();
    return ops::activate(bias.value.defined() ? y + ops::aligned(bias, rank) : y, activation);
  }
  Spec shape(const Tensor& x, const Tensor&, const Tensor&) const { return {ops::input_shape(geometry), x.dtype()}; }
  void compute(const Tensor& input, const Tensor& weights, const Tensor& bias, const Tensor& y) const {
    const Tensor x = ops::dense(name, input), kernel = ops::dense(name, weights);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      ops::ConvOf<Geometry>::template backward_data<T>(geometry, core::elements<const T>(x),
                                                       core::elements<const T>(kernel), core::elements<T>(y));
    });
    ops::apply_bias_activation(name, y, bias, activation);
  }
  std::optional<autograd::Instruction> followed_by(const autograd::Instruction& next, const Tensor& x,
                                                   const Tensor& kernel, const Tensor& bias) const {
    const std::optional<Activation> following = ops::activation_of(next);
    if (activation != Activation::linear || !following) return {};
    return autograd::Instruction{&autograd::op_table<ConvTranspose, 3>,
                                 std::make_shared<const ConvTranspose>(ConvTranspose{geometry, *following}),
                                 {x, kernel, bias},
                                 next.outputs};
  }
  uint32_t keeps(uint32_t wanted) const {
    return ops::keeps_other(wanted) | (activation == Activation::linear ? 0 : 8);
  }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const {
    const auto [inner, bias_gradient] =
        ops::bias_activation_vjp(name, g, primals.output(), activation, gradients.needed(2));
    if (gradients.needed(0)) gradients.set(0, ops::convolve(inner, primals.input(1), geometry));
    if (gradients.needed(1)) gradients.set(1, ops::convolve_backward_weights(inner, primals.input(0), geometry));
    if (gradients.needed(2)) gradients.set(2, bias_gradient);
  }
  Tensor jvp(const Primals& primals, const Tensor& dx, const Tensor& dkernel, const Tensor& dbias) const {
    Tensor inner = dbias.defined() ? broadcast_to(dbias, ops::input_shape(geometry)) : Tensor();
    const auto include = [&](const Tensor& part) { inner = inner.defined() ? inner + part : part; };
    if (dx.defined()) include(ops::convolve_backward_data(dx, primals.input(1), geometry));
    if (dkernel.defined()) include(ops::convolve_backward_data(primals.input(0), dkernel, geometry));
    return ops::activation_vjp(inner, primals.output(), activation);
  }
};

template <std::size_t N>
Tensor conv_transpose(const char* operation, const Tensor& x, const Tensor& kernel, const Tensor& bias,
                      const std::string& activation_name, const ops::ConvSettings& settings) {
  ops::check_types(operation, x, kernel, bias);
  const auto geometry = ops::conv_transpose_geometry<N>(operation, x.shape(), kernel.shape(), settings);
  ops::check_bias(operation, bias, ops::plane_of(geometry).in_channels);
  const Activation activation = ops::activation_named(operation, activation_name);
  const Tensor image = ops::as_image<N>(x), filters = ops::as_image_kernel<N>(kernel);
  return ops::from_image<N>(autograd::apply(ConvTranspose<ops::ConvGeometry<N>>{geometry, activation},
                                            ops::contiguous(operation, image), ops::contiguous(operation, filters),
                                            bias));
}

}  // namespace

Tensor conv_transpose1d(const Tensor& x, const Tensor& kernel, const ConvTranspose1dOptions& options) {
  return conv_transpose1d(x, kernel, Tensor(), "linear", options);
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& kernel, const ConvTranspose2dOptions& options) {
  return conv_transpose2d(x, kernel, Tensor(), "linear", options);
}

Tensor conv_transpose3d(const Tensor& x, const Tensor& kernel, const ConvTranspose3dOptions& options) {
  return conv_transpose3d(x, kernel, Tensor(), "linear", options);
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                        const ConvTranspose1dOptions& options) {
  return conv_transpose<1>("conv_transpose1d", x, kernel, bias, activation, ops::settings_of_conv(options));
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                        const ConvTranspose2dOptions& options) {
  return conv_transpose<2>("conv_transpose2d", x, kernel, bias, activation, ops::settings_of_conv(options));
}

Tensor conv_transpose3d(const Tensor& x, const Tensor& kernel, const Tensor& bias, const std::string& activation,
                        const ConvTranspose3dOptions& options) {
  return conv_transpose<3>("conv_transpose3d", x, kernel, bias, activation, ops::settings_of_conv(options));
}

void ops::describe_conv_transpose(autograd::Registry& to) {
  to.add<ConvTranspose<Conv2dGeometry>, 3>();
  to.add<ConvTranspose<Conv3dGeometry>, 3>();
}

}  // namespace xtape
