#include "ops/convolution/convolution.hpp"

#include "core/dtype_switch.hpp"
#include "ops/registry.hpp"
#include "ops/support/bilinear.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

namespace xtape::ops {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;
using kernels::Conv2dGeometry;
using kernels::Conv3dGeometry;

namespace {

// A convolution and its two adjoints: each is bilinear, and the other two are its derivatives.
template <class Geometry>
struct Conv {
  static constexpr const char* name = ConvOf<Geometry>::forward_name;
  Geometry geometry;

  void attributes(autograd::Attributes& to) const { add(to, geometry); }
  Tensor batch(const Examples& examples, const Mapped& x, const Mapped& kernel) const {
    return convolve_all(examples, x, kernel, geometry);
  }
  Spec shape(const Tensor& x, const Tensor&) const { return {output_shape(geometry), x.dtype()}; }
  void compute(const Tensor& input, const Tensor& weights, const Tensor& y) const {
    const Tensor x = dense(name, input), kernel = dense(name, weights);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      ConvOf<Geometry>::template forward<T>(geometry, core::elements<const T>(x), core::elements<const T>(kernel),
                                            nullptr, false, core::elements<T>(y));
    });
  }
  // Not a bias, which convolutions start their sums with: those would be rounded otherwise.
  std::optional<autograd::Instruction> followed_by(const autograd::Instruction& next, const Tensor& x,
                                                   const Tensor& kernel) const {
    return activated_conv(geometry, {x, kernel, Tensor()}, next);
  }
  uint32_t keeps(uint32_t wanted) const { return keeps_other(wanted); }
  void vjp(const Primals& primals, const Tensor& given, Gradients& gradients) const {
    // Once for both: the gradient of a sum, say, is one repeated number.
    const Tensor g = contiguous(name, given);
    if (gradients.needed(0)) gradients.set(0, convolve_backward_data(g, primals.input(1), geometry));
    if (gradients.needed(1)) gradients.set(1, convolve_backward_weights(primals.input(0), g, geometry));
  }
  Tensor jvp(const Primals& primals, const Tensor& dx, const Tensor& dkernel) const {
    return bilinear_jvp(*this, primals, dx, dkernel);
  }
};

template <class Geometry>
struct ConvBackwardData {
  static constexpr const char* name = ConvOf<Geometry>::backward_data_name;
  Geometry geometry;

  void attributes(autograd::Attributes& to) const { add(to, geometry); }
  Tensor batch(const Examples& examples, const Mapped& g, const Mapped& kernel) const {
    return convolve_all_backward_data(examples, g, kernel, geometry);
  }
  Spec shape(const Tensor& g, const Tensor&) const { return {input_shape(geometry), g.dtype()}; }
  void compute(const Tensor& gradient, const Tensor& weights, const Tensor& y) const {
    const Tensor g = dense(name, gradient), kernel = dense(name, weights);
    core::switch_floating(g.dtype(), [&]<class T>(T) {
      ConvOf<Geometry>::template backward_data<T>(geometry, core::elements<const T>(g),
                                                  core::elements<const T>(kernel), core::elements<T>(y));
    });
  }
  uint32_t keeps(uint32_t wanted) const { return keeps_other(wanted); }
  void vjp(const Primals& primals, const Tensor& h, Gradients& gradients) const {
    if (gradients.needed(0)) gradients.set(0, convolve(h, primals.input(1), geometry));
    if (gradients.needed(1)) gradients.set(1, convolve_backward_weights(h, primals.input(0), geometry));
  }
  Tensor jvp(const Primals& primals, const Tensor& dg, const Tensor& dkernel) const {
    return bilinear_jvp(*this, primals, dg, dkernel);
  }
};

template <class Geometry>
struct ConvBackwardWeights {
  static constexpr const char* name = ConvOf<Geometry>::backward_weights_name;
  static constexpr const char* batch_by_loop = "each example has a kernel of its own, which it shares with no other";
  Geometry geometry;

  void attributes(autograd::Attributes& to) const { add(to, geometry); }
  Spec shape(const Tensor& x, const Tensor&) const { return {kernel_shape(geometry), x.dtype()}; }
  void compute(const Tensor& input, const Tensor& gradient, const Tensor& y) const {
    const Tensor x = dense(name, input), g = dense(name, gradient);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      ConvOf<Geometry>::template backward_weights<T>(geometry, core::elements<const T>(x),
                                                     core::elements<const T>(g), core::elements<T>(y));
    });
  }
  uint32_t keeps(uint32_t wanted) const { return keeps_other(wanted); }
  void vjp(const Primals& primals, const Tensor& h, Gradients& gradients) const {
    if (gradients.needed(0)) gradients.set(0, convolve_backward_data(primals.input(1), h, geometry));
    if (gradients.needed(1)) gradients.set(1, convolve(primals.input(0), h, geometry));
  }
  Tensor jvp(const Primals& primals, const Tensor& dx, const Tensor& dg) const {
    return bilinear_jvp(*this, primals, dx, dg);
  }
};

Shape with_depth(int64_t depth, Shape plane, std::size_t axis) {
  plane.insert(axis, depth);
  return plane;
}

}  // namespace

void add(autograd::Attributes& to, const Conv2dGeometry& g) {
  to("strides", std::pair(g.stride_h, g.stride_w));
  to("dilation_rate", std::pair(g.dilation_h, g.dilation_w));
  to("padding", std::pair(std::pair(g.pad_top, g.pad_bottom), std::pair(g.pad_left, g.pad_right)));
  to("groups", g.groups);
}

void add(autograd::Attributes& to, const Conv3dGeometry& g) {
  const Conv2dGeometry& p = g.plane;
  to("strides", std::array{g.stride_d, p.stride_h, p.stride_w});
  to("dilation_rate", std::array{g.dilation_d, p.dilation_h, p.dilation_w});
  to("padding", std::array{std::pair(g.pad_front, g.pad_back), std::pair(p.pad_top, p.pad_bottom),
                           std::pair(p.pad_left, p.pad_right)});
  to("groups", p.groups);
}

Shape input_shape(const Conv2dGeometry& g) { return {g.batch, g.height, g.width, g.in_channels}; }
Shape kernel_shape(const Conv2dGeometry& g) {
  return {g.kernel_h, g.kernel_w, g.in_channels / g.groups, g.out_channels};
}
Shape output_shape(const Conv2dGeometry& g) { return {g.batch, g.out_h, g.out_w, g.out_channels}; }

Shape input_shape(const Conv3dGeometry& g) { return with_depth(g.depth, input_shape(g.plane), 1); }
Shape kernel_shape(const Conv3dGeometry& g) { return with_depth(g.kernel_d, kernel_shape(g.plane), 0); }
Shape output_shape(const Conv3dGeometry& g) { return with_depth(g.out_d, output_shape(g.plane), 1); }

template <class Geometry>
Tensor convolve(const Tensor& x, const Tensor& kernel, const Geometry& geometry) {
  constexpr const char* name = Conv<Geometry>::name;
  return autograd::apply(Conv<Geometry>{geometry}, contiguous(name, x), contiguous(name, kernel));
}

template <class Geometry>
Tensor convolve_backward_data(const Tensor& g, const Tensor& kernel, const Geometry& geometry) {
  constexpr const char* name = ConvBackwardData<Geometry>::name;
  return autograd::apply(ConvBackwardData<Geometry>{geometry}, contiguous(name, g), contiguous(name, kernel));
}

template <class Geometry>
Tensor convolve_backward_weights(const Tensor& x, const Tensor& g, const Geometry& geometry) {
  constexpr const char* name = ConvBackwardWeights<Geometry>::name;
  return autograd::apply(ConvBackwardWeights<Geometry>{geometry}, contiguous(name, x), contiguous(name, g));
}

// Samples of all examples are samples, as long as there is one kernel.
template <class Geometry>
Tensor convolve_all(const Examples& examples, const Mapped& x, const Mapped& kernel, const Geometry& geometry) {
  if (kernel.mapped) return autograd::apply_in_loop(Conv<Geometry>{geometry}, examples, x, kernel);
  return unfolded(convolve(folded(x.value), kernel.value, of_all(geometry, examples)), examples);
}

template <class Geometry>
Tensor convolve_all_backward_data(const Examples& examples, const Mapped& g, const Mapped& kernel,
                                  const Geometry& geometry) {
  if (kernel.mapped) return autograd::apply_in_loop(ConvBackwardData<Geometry>{geometry}, examples, g, kernel);
  return unfolded(convolve_backward_data(folded(g.value), kernel.value, of_all(geometry, examples)), examples);
}

#define XTAPE_INSTANTIATE(Geometry)                                                                 \
  template Tensor convolve(const Tensor&, const Tensor&, const Geometry&);                          \
  template Tensor convolve_backward_data(const Tensor&, const Tensor&, const Geometry&);            \
  template Tensor convolve_backward_weights(const Tensor&, const Tensor&, const Geometry&);         \
  template Tensor convolve_all(const Examples&, const Mapped&, const Mapped&, const Geometry&);     \
  template Tensor convolve_all_backward_data(const Examples&, const Mapped&, const Mapped&, const Geometry&);
XTAPE_INSTANTIATE(Conv2dGeometry)
XTAPE_INSTANTIATE(Conv3dGeometry)
#undef XTAPE_INSTANTIATE

void describe_convolution(autograd::Registry& to) {
  to.add<Conv<Conv2dGeometry>, 2>();
  to.add<ConvBackwardData<Conv2dGeometry>, 2>();
  to.add<ConvBackwardWeights<Conv2dGeometry>, 2>();
  to.add<Conv<Conv3dGeometry>, 2>();
  to.add<ConvBackwardData<Conv3dGeometry>, 2>();
  to.add<ConvBackwardWeights<Conv3dGeometry>, 2>();
}

}  // namespace xtape::ops
