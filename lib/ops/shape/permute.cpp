#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include <numeric>
#include <string>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"

namespace xtape {
namespace {

// Axis i of the result is axis order[i] of x.
struct Permute {
  static constexpr const char* name = "permute";
  static constexpr bool linear = true;
  detail::InlineVector<int, 8> order;

  void attributes(autograd::Attributes& to) const { to("axes", order); }
  Tensor batch(const ops::Examples&, const ops::Mapped& x) const {
    detail::InlineVector<int, 8> axes{0};
    for (const int axis : order) axes.push_back(axis + 1);
    return autograd::apply(Permute{axes}, x.value);
  }
  Tensor view(const Tensor& x) const {
    const core::TensorImpl* tensor = core::impl(x);
    Shape shape(order.size(), 0), strides(order.size(), 0);
    for (std::size_t i = 0; i < order.size(); ++i) {
      shape[i] = tensor->shape[static_cast<std::size_t>(order[i])];
      strides[i] = tensor->strides[static_cast<std::size_t>(order[i])];
    }
    return core::make_view(x, shape, strides, tensor->offset, name);
  }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    detail::InlineVector<int, 8> inverse = order;
    for (std::size_t i = 0; i < order.size(); ++i) inverse[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
    gradients.set(0, autograd::apply(Permute{inverse}, g));
  }
};

}  // namespace

Tensor permute(const Tensor& x, const std::vector<int>& axes) {
  core::check_defined("permute", x);
  const int rank = x.rank();
  if (static_cast<int>(axes.size()) != rank) {
    throw ShapeError("permute: expected " + std::to_string(rank) + " axes for shape " + x.shape().str() + ", got " +
                     std::to_string(axes.size()));
  }
  core::checked_axes("permute", Axes(axes), rank);

  detail::InlineVector<int, 8> order;
  for (const int axis : axes) order.push_back(core::checked_axis("permute", axis, rank));
  return autograd::apply(Permute{order}, x);
}

Tensor transpose(const Tensor& x) {
  core::check_defined("transpose", x);
  std::vector<int> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.rbegin(), axes.rend(), 0);
  return permute(x, axes);
}

Tensor transpose(const Tensor& x, Axis axis_a, Axis axis_b) {
  core::check_defined("transpose", x);
  std::vector<int> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[static_cast<std::size_t>(core::checked_axis("transpose", axis_a, x.rank()))],
            axes[static_cast<std::size_t>(core::checked_axis("transpose", axis_b, x.rank()))]);
  return permute(x, axes);
}

Tensor Tensor::permute(const std::vector<int>& axes) const { return xtape::permute(*this, axes); }
Tensor Tensor::transpose() const { return xtape::transpose(*this); }
Tensor Tensor::transpose(Axis axis_a, Axis axis_b) const { return xtape::transpose(*this, axis_a, axis_b); }

void ops::describe_permute(autograd::Registry& to) { to.add<Permute, 1>(); }

}  // namespace xtape
