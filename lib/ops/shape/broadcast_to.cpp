#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "ops/support/broadcast.hpp"

namespace xtape {

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  core::check_defined("broadcast_to", x);
  if (broadcast_shapes(x.shape(), shape, "broadcast_to") != shape) {
    throw ShapeError("broadcast_to: a tensor of shape " + x.shape().str() + " does not broadcast to " + shape.str());
  }

  Tensor y = core::make_view(x, shape, ops::broadcast_strides(x, shape), core::impl(x)->offset, "broadcast_to");

  if (autograd::needs_grad(x)) {
    autograd::record("broadcast_to", y, autograd::Inputs{x},
                     [before = x.shape()](const Tensor& g, autograd::Gradients& gradients) {
                       gradients.set(0, sum_to_shape(g, before));
                     });
  }
  return y;
}

Tensor Tensor::broadcast_to(const Shape& shape) const { return xtape::broadcast_to(*this, shape); }

Tensor sum_to_shape(const Tensor& x, const Shape& shape) {
  core::check_defined("sum_to_shape", x);
  if (x.shape() == shape) return x;
  if (shape.rank() > x.rank() || broadcast_shapes(x.shape(), shape, "sum_to_shape") != x.shape()) {
    throw ShapeError("sum_to_shape: " + shape.str() + " does not broadcast to " + x.shape().str());
  }
  const std::size_t missing = x.shape().size() - shape.size();
  std::vector<int> axes;
  for (std::size_t i = 0; i < x.shape().size(); ++i) {
    if (i < missing || shape[i - missing] != x.shape()[i]) axes.push_back(static_cast<int>(i));
  }
  return reshape(sum(x, axes), shape);
}

}  // namespace xtape
