#include <xtape/ops/comparison.hpp>

#include "autograd/record.hpp"
#include "kernels/copy/copy.hpp"
#include "ops/support/binary_op.hpp"

namespace xtape {

Tensor where(const Tensor& condition, const Tensor& first, const Tensor& second) {
  core::check_defined("where", condition);
  core::check_defined("where", first);
  core::check_defined("where", second);
  const Shape shape =
      broadcast_shapes(condition.shape(), broadcast_shapes(first.shape(), second.shape(), "where"), "where");

  Tensor a = first;
  Tensor b = second;
  ops::promote("where", a, b);
  const Tensor mask = condition.dtype() == DType::bool_ ? condition : not_equal(condition, 0);
  Tensor y = core::make_tensor(shape, a.dtype(), "where");
  const Shape mask_strides = ops::broadcast_strides(mask, shape);
  const Shape a_strides = ops::broadcast_strides(a, shape);
  const Shape b_strides = ops::broadcast_strides(b, shape);
  const auto plan = kernels::collapse<3>(shape.rank(), shape.data(),
                                         {mask_strides.data(), a_strides.data(), b_strides.data()});
  core::switch_dtype(a.dtype(), [&]<class T>(T) {
    kernels::where(plan, core::elements<const bool>(mask), core::elements<const T>(a), core::elements<const T>(b),
                   core::elements<T>(y));
  });

  if (autograd::needs_grad(a, b)) {
    autograd::record("where", y, autograd::Inputs{a, b},
                     [mask = autograd::Saved(mask), to_a = ops::Unbroadcast(a, y),
                      to_b = ops::Unbroadcast(b, y)](const Tensor& g, autograd::Gradients& gradients) {
                       if (gradients.needed(0)) gradients.set(0, to_a(where(mask.get(), g, 0)));
                       if (gradients.needed(1)) gradients.set(1, to_b(where(mask.get(), 0, g)));
                     });
  }
  return y;
}

Tensor where(const Tensor& condition, const Tensor& a, Scalar b) {
  return where(condition, a, ops::operand_like("where", a, b));
}

Tensor where(const Tensor& condition, Scalar a, const Tensor& b) {
  return where(condition, ops::operand_like("where", b, a), b);
}

}  // namespace xtape
