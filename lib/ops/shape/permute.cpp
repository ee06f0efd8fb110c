#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include <numeric>
#include <string>
#include <utility>

#include "autograd/record.hpp"
#include "core/checks.hpp"

namespace xtape {

Tensor permute(const Tensor& x, const std::vector<int>& axes) {
  core::check_defined("permute", x);
  const int rank = x.rank();
  if (static_cast<int>(axes.size()) != rank) {
    throw ShapeError("permute: expected " + std::to_string(rank) + " axes for shape " + x.shape().str() + ", got " +
                     std::to_string(axes.size()));
  }
  core::checked_axes("permute", Axes(axes), rank);

  Shape shape(axes.size(), 0);
  Shape strides(axes.size(), 0);
  std::vector<int> inverse(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto from = static_cast<std::size_t>(core::checked_axis("permute", axes[i], rank));
    shape[i] = x.shape()[from];
    strides[i] = x.strides()[from];
    inverse[from] = static_cast<int>(i);
  }
  Tensor y = core::make_view(x, shape, strides, core::impl(x)->offset);

  if (autograd::needs_grad(x)) {
    autograd::record("permute", y, autograd::Inputs{x},
                     [inverse = std::move(inverse)](const Tensor& g, autograd::Gradients& gradients) {
                       gradients.set(0, permute(g, inverse));
                     });
  }
  return y;
}

Tensor transpose(const Tensor& x) {
  core::check_defined("transpose", x);
  std::vector<int> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.rbegin(), axes.rend(), 0);
  return permute(x, axes);
}

Tensor transpose(const Tensor& x, int axis_a, int axis_b) {
  core::check_defined("transpose", x);
  std::vector<int> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[static_cast<std::size_t>(core::checked_axis("transpose", axis_a, x.rank()))],
            axes[static_cast<std::size_t>(core::checked_axis("transpose", axis_b, x.rank()))]);
  return permute(x, axes);
}

Tensor Tensor::permute(const std::vector<int>& axes) const { return xtape::permute(*this, axes); }
Tensor Tensor::transpose() const { return xtape::transpose(*this); }
Tensor Tensor::transpose(int axis_a, int axis_b) const { return xtape::transpose(*this, axis_a, axis_b); }

}  // namespace xtape
