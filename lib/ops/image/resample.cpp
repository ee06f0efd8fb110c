#include "ops/image/resample.hpp"

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/convolution/resample.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/dense.hpp"

namespace xtape::ops {
namespace {

// Weighted sums along an axis: from `from` elements to `to`, or, the adjoint, back.
struct Resample {
  static constexpr const char* name = "resample";
  static constexpr bool linear = true;
  int axis;
  int64_t from, to;
  Filter filter;
  bool antialias, adjoint;

  void attributes(autograd::Attributes& attributes) const {
    attributes("axis", axis), attributes("from", from), attributes("to", to), attributes("filter", name_of(filter));
    attributes("antialias", antialias), attributes("adjoint", adjoint);
  }
  Tensor batch(const Examples&, const Mapped& x) const {
    Resample op = *this;
    ++op.axis;
    return autograd::apply(op, x.value);
  }
  autograd::Spec shape(const Tensor& x) const {
    Shape shape = x.shape();
    shape[static_cast<std::size_t>(axis)] = adjoint ? from : to;
    return {shape, x.dtype()};
  }
  void compute(const Tensor& input, const Tensor& y) const {
    const Tensor x = dense(name, input);
    const Shape& shape = x.shape();
    Taps taps = taps_of(filter, antialias, from, to);
    if (adjoint) taps = transposed(taps, from);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      const std::vector<T> weights(taps.weights.begin(), taps.weights.end());
      kernels::resample<T>({.outer = Shape(shape.begin(), shape.begin() + axis).numel(),
                            .from = adjoint ? to : from,
                            .to = adjoint ? from : to,
                            .inner = Shape(shape.begin() + axis + 1, shape.end()).numel(),
                            .first = taps.first.data(),
                            .begin = taps.begin.data(),
                            .weights = weights.data()},
                           core::elements<const T>(x), core::elements<T>(y));
    });
  }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    Resample op = *this;
    op.adjoint = !adjoint;
    gradients.set(0, autograd::apply(op, g));
  }
};

}  // namespace

Tensor resample(const Tensor& x, int axis, int64_t length, Filter filter, bool antialias) {
  return autograd::apply(Resample{axis, x.shape(axis), length, filter, antialias, false}, x);
}

void describe_resample(autograd::Registry& to) { to.add<Resample, 1>(); }

}  // namespace xtape::ops
