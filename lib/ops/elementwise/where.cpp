#include <xtape/ops/comparison.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/op.hpp"
#include "kernels/copy/copy.hpp"
#include "ops/registry.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {

namespace {

// For a bool mask, and operands of one type.
struct Where {
  static constexpr const char* name = "where";
  static constexpr bool elementwise = true;

  autograd::Spec shape(const Tensor& mask, const Tensor& a, const Tensor& b) const {
    return {broadcast_shapes(mask.shape(), broadcast_shapes(a.shape(), b.shape(), name), name), a.dtype()};
  }
  void compute(const Tensor& mask, const Tensor& a, const Tensor& b, const Tensor& y) const {
    const Shape& shape = y.shape();
    const Shape mask_strides = ops::broadcast_strides(mask, shape);
    const Shape a_strides = ops::broadcast_strides(a, shape);
    const Shape b_strides = ops::broadcast_strides(b, shape);
    const auto plan =
        kernels::collapse<3>(shape.rank(), shape.data(), {mask_strides.data(), a_strides.data(), b_strides.data()});
    core::switch_dtype(a.dtype(), [&]<class T>(T) {
      kernels::where(plan, core::elements<const bool>(mask), core::elements<const T>(a), core::elements<const T>(b),
                     core::elements<T>(y));
    });
  }
  uint32_t keeps(uint32_t) const { return 1; }
  void vjp(const autograd::Primals& primals, const Tensor& g, autograd::Gradients& gradients) const {
    if (gradients.needed(1)) gradients.set_summed(1, where(primals.input(0), g, 0));
    if (gradients.needed(2)) gradients.set_summed(2, where(primals.input(0), 0, g));
  }
  Tensor jvp(const autograd::Primals& primals, const Tensor&, const Tensor& da, const Tensor& db) const {
    const Tensor mask = primals.input(0);
    const Tensor tangent = !db.defined()   ? where(mask, da, 0)
                           : !da.defined() ? where(mask, 0, db)
                                           : where(mask, da, db);
    return broadcast_to(tangent, core::impl(primals.output())->shape);
  }
};

}  // namespace

Tensor where(const Tensor& condition, const Tensor& first, const Tensor& second) {
  core::check_defined("where", condition);
  core::check_defined("where", first);
  core::check_defined("where", second);
  broadcast_shapes(condition.shape(), broadcast_shapes(first.shape(), second.shape(), "where"), "where");
  Tensor a = first;
  Tensor b = second;
  ops::promote("where", a, b);
  const Tensor mask = condition.dtype() == DType::bool_
                          ? condition
                          : ops::in_operation("where", [&] { return not_equal(condition, 0); });
  return autograd::apply(Where{}, mask, a, b);
}

Tensor where(const Tensor& condition, const Tensor& a, Scalar b) {
  return where(condition, a, ops::operand_like("where", a, b));
}

Tensor where(const Tensor& condition, Scalar a, const Tensor& b) {
  return where(condition, ops::operand_like("where", b, a), b);
}

void ops::describe_where(autograd::Registry& to) { to.add<Where, 3>(); }

}  // namespace xtape
