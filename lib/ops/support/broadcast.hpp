#pragma once

#include <xtape/ops/manipulation.hpp>
#include <xtape/tensor.hpp>

#include <memory>

#include "core/tensor_impl.hpp"
#include "kernels/support/iteration.hpp"

namespace xtape::ops {

// Strides of `x` as if it had been broadcast to `shape`: 0 along repeated axes.
Shape broadcast_strides(const Tensor& x, const Shape& shape);

// How two operands are walked over together.
kernels::IterationPlan<2> broadcast_plan(const Tensor& a, const Tensor& b, const Shape& shape);

// Brings a gradient of the result's shape back to an operand's shape. It holds a shape only where the
// operand was broadcast.
class Unbroadcast {
 public:
  Unbroadcast(const Tensor& operand, const Tensor& result)
      : shape_(is_broadcast(core::impl(operand), core::impl(result)) ? std::make_unique<Shape>(operand.shape())
                                                                     : nullptr) {}
  Tensor operator()(Tensor gradient) const { return shape_ ? sum_to_shape(gradient, *shape_) : gradient; }

 private:
  // An axis that is added or made longer shows in the rank or in the number of elements, unless there are none.
  static bool is_broadcast(const core::TensorImpl* operand, const core::TensorImpl* result) {
    if (operand->shape.size() != result->shape.size() || operand->numel != result->numel) return true;
    return operand->numel == 0 && operand->shape != result->shape;
  }

  std::unique_ptr<Shape> shape_;
};

}  // namespace xtape::ops
