#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/broadcast.hpp"

namespace xtape {
namespace {

struct BroadcastTo {
  static constexpr const char* name = "broadcast_to";
  static constexpr bool linear = true;
  Shape target;

  void attributes(autograd::Attributes& to) const { to("shape", target); }
  Tensor batch(const ops::Examples& examples, const ops::Mapped& x) const {
    return broadcast_to(ops::aligned(x, target.rank()), ops::with_axis(examples.count, target));
  }
  Tensor view(const Tensor& x) const {
    Tensor y = core::make_view(x, target, ops::broadcast_strides(x, target), core::impl(x)->offset, name);
    // Whether it may be written through must not depend on the lengths.
    core::impl(y)->repeats = true;
    return y;
  }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set_summed(0, g);
  }
};

}  // namespace

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  core::check_defined("broadcast_to", x);
  if (broadcast_shapes(x.shape(), shape, "broadcast_to") != shape) {
    throw ShapeError("broadcast_to: a tensor of shape " + x.shape().str() + " does not broadcast to " + shape.str());
  }

  return autograd::apply(BroadcastTo{shape}, x);
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

void ops::describe_broadcast_to(autograd::Registry& to) { to.add<BroadcastTo, 1>(); }

}  // namespace xtape
