#include "ops/convolution/pool2d.hpp"

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "ops/convolution/convolution.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;
using kernels::Pool2dGeometry;
using ops::Examples;
using ops::folded;
using ops::Mapped;
using ops::of_all;
using ops::stacked;
using ops::unfolded;

namespace {

Shape input_shape(const Pool2dGeometry& g) { return {g.batch, g.height, g.width, g.channels}; }
Shape output_shape(const Pool2dGeometry& g) { return {g.batch, g.out_h, g.out_w, g.channels}; }

// The type of positions within a window.
DType index_type(const Pool2dGeometry& g) { return g.window_h * g.window_w <= 256 ? DType::uint8 : DType::int32; }

// Calls body(T{}, Index{}) for the types of the values and of the indices.
template <class Body>
void switch_types(DType dtype, const Pool2dGeometry& geometry, const Body& body) {
  core::switch_floating(dtype, [&]<class T>(T) {
    if (index_type(geometry) == DType::uint8) {
      body(T{}, uint8_t{});
    } else {
      body(T{}, int32_t{});
    }
  });
}

// The largest cells, and where each was in its window, which is all that derivatives need.
struct MaxPool2d {
  static constexpr const char* name = "max_pool2d";
  static constexpr std::size_t outputs = 2;
  static constexpr bool lean = true;
  Pool2dGeometry geometry;

  void attributes(autograd::Attributes& to) const { ops::add(to, geometry); }
  std::array<Tensor, 2> batch(const Examples& examples, const Mapped& x) const {
    const auto [y, indices] = autograd::apply(MaxPool2d{of_all(geometry, examples)}, folded(x.value));
    return {unfolded(y, examples), unfolded(indices, examples)};
  }
  std::array<Spec, 2> shape(const Tensor& x) const {
    return {Spec{output_shape(geometry), x.dtype()}, {output_shape(geometry), index_type(geometry)}};
  }
  void compute(const Tensor& input, const Tensor& y, const Tensor& indices) const {
    const Tensor x = ops::dense(name, input);
    switch_types(x.dtype(), geometry, [&]<class T, class Index>(T, Index) {
      kernels::max_pool2d(geometry, core::elements<const T>(x), core::elements<T>(y),
                          indices.defined() ? core::elements<Index>(indices) : nullptr);
    });
  }
  uint32_t keeps(uint32_t) const { return 4; }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    if (g[0].defined()) gradients.set(0, ops::max_pool2d_backward(g[0], primals.output(1), geometry));
  }
  std::array<Tensor, 2> jvp(const Primals& primals, const Tensor& dx) const {
    return {ops::max_pool2d_pick(dx, primals.output(1), geometry), Tensor()};
  }
};

// Linear in x: the cells that the indices name.
struct MaxPool2dPick {
  static constexpr const char* name = "max_pool2d_pick";
  Pool2dGeometry geometry;

  void attributes(autograd::Attributes& to) const { ops::add(to, geometry); }
  Tensor batch(const Examples& examples, const Mapped& x, const Mapped& indices) const {
    return unfolded(ops::max_pool2d_pick(folded(stacked(x, examples)), folded(stacked(indices, examples)),
                                         of_all(geometry, examples)),
                    examples);
  }
  Spec shape(const Tensor& x, const Tensor&) const { return {output_shape(geometry), x.dtype()}; }
  void compute(const Tensor& input, const Tensor& given_indices, const Tensor& y) const {
    const Tensor x = ops::dense(name, input), indices = ops::dense(name, given_indices);
    switch_types(x.dtype(), geometry, [&]<class T, class Index>(T, Index) {
      kernels::max_pool2d_pick(geometry, core::elements<const T>(x), core::elements<const Index>(indices),
                               core::elements<T>(y));
    });
  }
  uint32_t keeps(uint32_t) const { return 2; }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const {
    gradients.set(0, ops::max_pool2d_backward(g, primals.input(1), geometry));
  }
  Tensor jvp(const Primals& primals, const Tensor& dx, const Tensor&) const {
    return ops::max_pool2d_pick(dx, primals.input(1), geometry);
  }
};

// Linear in g, the adjoint of MaxPool2dPick.
struct MaxPool2dBackward {
  static constexpr const char* name = "max_pool2d_backward";
  Pool2dGeometry geometry;

  void attributes(autograd::Attributes& to) const { ops::add(to, geometry); }
  Tensor batch(const Examples& examples, const Mapped& g, const Mapped& indices) const {
    return unfolded(ops::max_pool2d_backward(folded(stacked(g, examples)), folded(stacked(indices, examples)),
                                             of_all(geometry, examples)),
                    examples);
  }
  Spec shape(const Tensor& g, const Tensor&) const { return {input_shape(geometry), g.dtype()}; }
  void compute(const Tensor& gradient, const Tensor& given_indices, const Tensor& y) const {
    const Tensor g = ops::dense(name, gradient), indices = ops::dense(name, given_indices);
    switch_types(g.dtype(), geometry, [&]<class T, class Index>(T, Index) {
      kernels::max_pool2d_backward(geometry, core::elements<const T>(g), core::elements<const Index>(indices),
                                   core::elements<T>(y));
    });
  }
  uint32_t keeps(uint32_t) const { return 2; }
  void vjp(const Primals& primals, const Tensor& h, Gradients& gradients) const {
    gradients.set(0, ops::max_pool2d_pick(h, primals.input(1), geometry));
  }
  Tensor jvp(const Primals& primals, const Tensor& dg, const Tensor&) const {
    return ops::max_pool2d_backward(dg, primals.input(1), geometry);
  }
};

struct AveragePool2dBackward;

struct AveragePool2d {
  static constexpr const char* name = "avg_pool2d";
  static constexpr bool linear = true;
  Pool2dGeometry geometry;

  void attributes(autograd::Attributes& to) const { ops::add(to, geometry); }
  Tensor batch(const Examples& examples, const Mapped& x) const {
    return unfolded(autograd::apply(AveragePool2d{of_all(geometry, examples)}, folded(x.value)), examples);
  }
  Spec shape(const Tensor& x) const { return {output_shape(geometry), x.dtype()}; }
  void compute(const Tensor& input, const Tensor& y) const {
    const Tensor x = ops::dense(name, input);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::avg_pool2d(geometry, core::elements<const T>(x), core::elements<T>(y));
    });
  }
  void vjp(const Primals&, const Tensor& g, Gradients& gradients) const;
};

// Each window's gradient in equal parts to its cells.
struct AveragePool2dBackward {
  static constexpr const char* name = "avg_pool2d_backward";
  static constexpr bool linear = true;
  Pool2dGeometry geometry;

  void attributes(autograd::Attributes& to) const { ops::add(to, geometry); }
  Tensor batch(const Examples& examples, const Mapped& g) const {
    return unfolded(autograd::apply(AveragePool2dBackward{of_all(geometry, examples)}, folded(g.value)), examples);
  }
  Spec shape(const Tensor& g) const { return {input_shape(geometry), g.dtype()}; }
  void compute(const Tensor& gradient, const Tensor& y) const {
    const Tensor g = ops::dense(name, gradient);
    core::switch_floating(g.dtype(), [&]<class T>(T) {
      kernels::avg_pool2d_backward(geometry, core::elements<const T>(g), core::elements<T>(y));
    });
  }
  void vjp(const Primals&, const Tensor& h, Gradients& gradients) const {
    gradients.set(0, ops::avg_pool2d(h, geometry));
  }
};

void AveragePool2d::vjp(const Primals&, const Tensor& g, Gradients& gradients) const {
  gradients.set(0, autograd::apply(AveragePool2dBackward{geometry}, g));
}

}  // namespace

void ops::add(autograd::Attributes& to, const Pool2dGeometry& g) {
  to("pool_size", std::pair(g.window_h, g.window_w));
  to("strides", std::pair(g.stride_h, g.stride_w));
  to("padding", std::pair(g.pad_top, g.pad_left));
}

Tensor ops::max_pool2d_pick(const Tensor& x, const Tensor& indices, const Pool2dGeometry& geometry) {
  return autograd::apply(MaxPool2dPick{geometry}, x, indices);
}

Tensor ops::max_pool2d_backward(const Tensor& g, const Tensor& indices, const Pool2dGeometry& geometry) {
  return autograd::apply(MaxPool2dBackward{geometry}, g, indices);
}

Tensor ops::max_pool2d(const Tensor& x, const Pool2dGeometry& geometry) {
  return autograd::apply(MaxPool2d{geometry}, x)[0];
}

Tensor ops::avg_pool2d(const Tensor& x, const Pool2dGeometry& geometry) {
  return autograd::apply(AveragePool2d{geometry}, x);
}

void ops::describe_pool2d(autograd::Registry& to) {
  to.add<MaxPool2d, 1>();
  to.add<MaxPool2dPick, 2>();
  to.add<MaxPool2dBackward, 2>();
  to.add<AveragePool2d, 1>();
  to.add<AveragePool2dBackward, 1>();
}

}  // namespace xtape
