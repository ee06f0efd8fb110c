#include "kernels/softmax/sparsemax.hpp"

#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "ops/registry.hpp"
#include "ops/softmax/along_axis.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using ops::row_count;

namespace {

// The Jacobian, a projection, is symmetric: it gives vjp and jvp.
struct SparsemaxVjp {
  static constexpr const char* name = "sparsemax_vjp";

  Tensor batch(const ops::Examples& examples, const ops::Mapped& g, const ops::Mapped& result) const {
    return autograd::apply(*this, ops::stacked(g, examples), ops::stacked(result, examples));
  }
  const Tensor& like(const Tensor&, const Tensor& result) const { return result; }
  void compute(const Tensor& given, const Tensor& result, const Tensor& to) const {
    const Tensor g = ops::dense(name, given), y = ops::dense(name, result);
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      kernels::sparsemax_vjp(core::elements<const T>(g), core::elements<const T>(y), core::elements<T>(to),
                             row_count(y), y.shape().back());
    });
  }
  Tensor decompose(const Tensor& g, const Tensor& y) const {
    const Tensor none = y <= 0, count = sum(where(none, 0, ones_like(y)), -1, true);
    return where(none, 0, g - sum(where(none, 0, g), -1, true) / count);
  }
};

// Over the last axis of a contiguous x.
struct Sparsemax {
  static constexpr const char* name = "sparsemax";

  Tensor batch(const ops::Examples&, const ops::Mapped& x) const { return autograd::apply(*this, x.value); }
  const Tensor& like(const Tensor& x) const { return x; }
  void compute(const Tensor& given, const Tensor& y) const {
    const Tensor x = ops::dense(name, given);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::sparsemax(core::elements<const T>(x), core::elements<T>(y), row_count(x), x.shape().back());
    });
  }
  uint32_t keeps(uint32_t) const { return 2; }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const { gradients.set(0, jvp(primals, g)); }
  Tensor jvp(const Primals& primals, const Tensor& dx) const {
    return autograd::apply(SparsemaxVjp{}, dx, primals.output());
  }
};

}  // namespace

Tensor sparsemax(const Tensor& x, Axis axis) {
  return ops::along_axis("sparsemax", x, axis, [](const Tensor& rows) {
    if (rows.shape().back() == 0) {
      throw ShapeError("sparsemax: expected at least one element along the axis, given " + rows.shape().str());
    }
    return autograd::apply(Sparsemax{}, rows);
  });
}

void ops::describe_sparsemax(autograd::Registry& to) {
  to.add<Sparsemax, 1>();
  to.add<SparsemaxVjp, 2>();
}

}  // namespace xtape
