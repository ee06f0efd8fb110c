#include "kernels/copy/take.hpp"

#include <algorithm>
#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/indexing.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/tensor_impl.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/positions.hpp"

namespace xtape {
namespace {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;

// Product of the lengths of the axes [begin, end).
int64_t count_of(const Shape& shape, std::size_t begin, std::size_t end) {
  return Shape(shape.begin() + begin, shape.begin() + end).numel();
}

Tensor scatter_add(const Tensor& g, const Tensor& positions, std::size_t axis, int64_t length);

// The slices of `x` at valid positions.
Tensor gather(const Tensor& x, const Tensor& positions, std::size_t axis) {
  Shape shape(x.shape().begin(), x.shape().begin() + axis);
  for (const int64_t length : positions.shape()) shape.push_back(length);
  for (std::size_t i = axis + 1; i < x.shape().size(); ++i) shape.push_back(x.shape()[i]);

  const Tensor from = ops::contiguous("take", x.detach());
  Tensor y = core::make_tensor(shape, x.dtype(), "take");
  const int64_t inner = count_of(x.shape(), axis + 1, x.shape().size());
  core::switch_dtype(x.dtype(), [&]<class T>(T) {
    const kernels::AxisView view{count_of(x.shape(), 0, axis), x.shape()[axis], inner * int64_t{sizeof(T)}};
    kernels::take(core::elements<const T>(from), view, core::elements<const int64_t>(positions), positions.numel(),
                  core::elements<T>(y));
  });

  if (autograd::needs_grad(x)) {
    autograd::record(
        "take", y, Inputs{x},
        [positions = Saved(positions), axis, length = x.shape()[axis]](const Tensor& g, Gradients& gradients) {
          gradients.set(0, scatter_add(g, positions.get(), axis, length));
        });
  }
  return y;
}

// The adjoint of gather: zeros of `length` along `axis`, to which the slices of `g` are added at their positions.
Tensor scatter_add(const Tensor& g, const Tensor& positions, std::size_t axis, int64_t length) {
  Shape shape = g.shape();
  for (int i = 0; i < positions.rank(); ++i) shape.erase(axis);
  shape.insert(axis, length);

  const Tensor from = ops::contiguous("scatter_add", g.detach());
  Tensor y = zeros(shape, g.dtype());
  core::switch_floating(g.dtype(), [&]<class T>(T) {
    const kernels::AxisView view{count_of(shape, 0, axis), length, count_of(shape, axis + 1, shape.size())};
    kernels::scatter_add(core::elements<const T>(from), core::elements<const int64_t>(positions), positions.numel(),
                         core::elements<T>(y), view);
  });

  if (autograd::needs_grad(g)) {
    autograd::record("scatter_add", y, Inputs{g},
                     [positions = Saved(positions), axis](const Tensor& gradient, Gradients& gradients) {
                       gradients.set(0, gather(gradient, positions.get(), axis));
                     });
  }
  return y;
}

// @throws ShapeError unless both shapes agree but for `axis`.
void check_along_axis(const Shape& x, const Shape& indices, std::size_t axis) {
  bool fits = x.size() == indices.size();
  for (std::size_t i = 0; fits && i < x.size(); ++i) fits = i == axis || x[i] == indices[i];
  if (!fits) {
    throw ShapeError("take_along_axis: shapes differ outside axis " + std::to_string(axis) + ": x " + x.str() +
                     ", indices " + indices.str());
  }
}

}  // namespace

Tensor take(const Tensor& x, const Tensor& indices, Axis axis) {
  core::check_defined("take", x);
  const auto along = static_cast<std::size_t>(core::checked_axis("take", axis, x.rank()));
  return gather(x, ops::positions("take", indices, x.shape()[along]), along);
}

Tensor take_along_axis(const Tensor& x, const Tensor& indices, Axis axis) {
  core::check_defined("take_along_axis", x);
  core::check_defined("take_along_axis", indices);
  const auto along = static_cast<std::size_t>(core::checked_axis("take_along_axis", axis, x.rank()));
  check_along_axis(x.shape(), indices.shape(), along);
  const int64_t length = x.shape()[along];
  const Tensor positions = ops::positions("take_along_axis", indices, length);

  // The same elements by their positions in x as one row.
  const Tensor flat = core::make_tensor(indices.shape(), int64, "take_along_axis");
  const int64_t count = indices.shape()[along];
  const int64_t inner = count_of(x.shape(), along + 1, x.shape().size());
  const auto* from = core::elements<const int64_t>(positions);
  auto* to = core::elements<int64_t>(flat);
  for (int64_t i = 0; i < flat.numel(); ++i) to[i] = (i / (inner * count) * length + from[i]) * inner + i % inner;
  return gather(x.reshape({x.numel()}), flat, 0);
}

}  // namespace xtape
