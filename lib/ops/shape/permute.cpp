#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include <string>
#include <utility>

#include "autograd/record.hpp"
#include "core/checks.hpp"

namespace xtape {
namespace {

// Axes counted from the front, each once.
using Order = detail::InlineVector<int, 8>;

Order inverse(const Order& order) {
  Order result(order.size(), 0);
  for (std::size_t i = 0; i < order.size(); ++i) result[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  return result;
}

Tensor permuted(const Tensor& x, const Order& order) {
  const core::TensorImpl* from = core::impl(x);
  Shape shape, strides;
  shape.resize(order.size());
  strides.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto axis = static_cast<std::size_t>(order[i]);
    shape[i] = from->shape[axis];
    strides[i] = from->strides[axis];
  }
  Tensor y = core::make_view(x, shape, strides, from->offset);

  if (autograd::needs_grad(x)) {
    autograd::record("permute", y, autograd::Inputs{x},
                     [back = inverse(order)](const Tensor& g, autograd::Gradients& gradients) {
                       gradients.set(0, permuted(g, back));
                     });
  }
  return y;
}

}  // namespace

Tensor permute(const Tensor& x, const std::vector<int>& axes) {
  core::check_defined("permute", x);
  const int rank = x.rank();
  if (static_cast<int>(axes.size()) != rank) {
    throw ShapeError("permute: expected " + std::to_string(rank) + " axes for shape " + x.shape().str() + ", got " +
                     std::to_string(axes.size()));
  }
  core::checked_axes("permute", Axes(axes), rank);
  Order order;
  for (const int axis : axes) order.push_back(core::checked_axis("permute", axis, rank));
  return permuted(x, order);
}

Tensor transpose(const Tensor& x) {
  core::check_defined("transpose", x);
  Order order;
  for (int axis = x.rank(); axis-- > 0;) order.push_back(axis);
  return permuted(x, order);
}

Tensor transpose(const Tensor& x, Axis axis_a, Axis axis_b) {
  core::check_defined("transpose", x);
  Order order;
  for (int axis = 0; axis < x.rank(); ++axis) order.push_back(axis);
  std::swap(order[static_cast<std::size_t>(core::checked_axis("transpose", axis_a, x.rank()))],
            order[static_cast<std::size_t>(core::checked_axis("transpose", axis_b, x.rank()))]);
  return permuted(x, order);
}

Tensor Tensor::permute(const std::vector<int>& axes) const { return xtape::permute(*this, axes); }
Tensor Tensor::transpose() const { return xtape::transpose(*this); }
Tensor Tensor::transpose(Axis axis_a, Axis axis_b) const { return xtape::transpose(*this, axis_a, axis_b); }

}  // namespace xtape
