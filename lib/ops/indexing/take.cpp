#include "kernels/copy/take.hpp"

#include <algorithm>
#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/tensor_impl.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/dense.hpp"
#include "ops/indexing/positions.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {
namespace {

// Product of the lengths of the axes [begin, end).
int64_t count_of(const Shape& shape, std::size_t begin, std::size_t end) {
  return Shape(shape.begin() + begin, shape.begin() + end).numel();
}

// The positions of each example moved on by `length` from one to the next: in axes of that length, one behind another.
Tensor positions_in_all(const Tensor& positions, const ops::Examples& examples, int64_t length) {
  Shape shape(positions.shape().size(), 1);
  shape[0] = examples.count;
  return positions + reshape(arange(examples.count) * length, shape);
}

Tensor scatter_add(const Tensor& x, const Tensor& positions, std::size_t axis, int64_t length);
Tensor gather(const Tensor& x, const Tensor& positions, std::size_t axis);

// The slices of x at valid positions: linear in x.
struct Take {
  static constexpr const char* name = "take";
  std::size_t axis;

  void attributes(autograd::Attributes& to) const { to("axis", axis); }
  Tensor batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& positions) const {
    if (!positions.mapped) return gather(x.value, positions.value, axis + 1);
    const int along = static_cast<int>(axis);
    if (!x.mapped) return ops::moved(gather(x.value, positions.value, axis), along, 0);
    // The axes of all examples as one, in front.
    const int64_t length = x.shape()[axis];
    const Tensor slices = ops::folded(ops::moved(x.value, along + 1, 1));
    return ops::moved(gather(slices, positions_in_all(positions.value, examples, length), 0), 1, along + 1,
                      positions.rank());
  }
  autograd::Spec shape(const Tensor& x, const Tensor& positions) const {
    Shape shape(x.shape().begin(), x.shape().begin() + axis);
    for (const int64_t length : positions.shape()) shape.push_back(length);
    for (std::size_t i = axis + 1; i < x.shape().size(); ++i) shape.push_back(x.shape()[i]);
    return {shape, x.dtype()};
  }
  void compute(const Tensor& x, const Tensor& given_positions, const Tensor& y) const {
    const Tensor from = ops::dense(name, x), positions = ops::dense(name, given_positions);
    const int64_t inner = count_of(x.shape(), axis + 1, x.shape().size());
    core::switch_dtype(x.dtype(), [&]<class T>(T) {
      const kernels::AxisView view{count_of(x.shape(), 0, axis), x.shape()[axis], inner * int64_t{sizeof(T)}};
      kernels::take(core::elements<const T>(from), view, core::elements<const int64_t>(positions), positions.numel(),
                    core::elements<T>(y));
    });
  }
  uint32_t keeps(uint32_t) const { return 2; }
  void vjp(const autograd::Primals& primals, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, scatter_add(g, primals.input(1), axis, gradients.shape(0)[axis]));
  }
  Tensor jvp(const autograd::Primals& primals, const Tensor& dx, const Tensor&) const {
    return gather(dx, primals.input(1), axis);
  }
};

// The adjoint of Take: zeros of `length` along `axis`, to which the slices of x are added at their positions.
struct ScatterAdd {
  static constexpr const char* name = "scatter_add";
  std::size_t axis;
  int64_t length;

  void attributes(autograd::Attributes& to) const { to("axis", axis), to("length", length); }
  Tensor batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& positions) const {
    if (!positions.mapped) return scatter_add(x.value, positions.value, axis + 1, length);
    // The axes of all examples as one, in front.
    const int along = static_cast<int>(axis);
    const Tensor slices = ops::moved(ops::stacked(x, examples), along + 1, 1, positions.rank());
    const Tensor all = positions_in_all(positions.value, examples, length);
    return ops::moved(ops::unfolded(scatter_add(slices, all, 0, examples.count * length), examples), 1, along + 1);
  }
  autograd::Spec shape(const Tensor& x, const Tensor& positions) const {
    Shape shape = x.shape();
    for (int i = 0; i < positions.rank(); ++i) shape.erase(axis);
    shape.insert(axis, length);
    return {shape, x.dtype()};
  }
  void compute(const Tensor& x, const Tensor& given_positions, const Tensor& y) const {
    const Tensor from = ops::dense(name, x), positions = ops::dense(name, given_positions);
    y.fill(0);
    const Shape& shape = y.shape();
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      const kernels::AxisView view{count_of(shape, 0, axis), length, count_of(shape, axis + 1, shape.size())};
      kernels::scatter_add(core::elements<const T>(from), core::elements<const int64_t>(positions), positions.numel(),
                           core::elements<T>(y), view);
    });
  }
  uint32_t keeps(uint32_t) const { return 2; }
  void vjp(const autograd::Primals& primals, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, gather(g, primals.input(1), axis));
  }
  Tensor jvp(const autograd::Primals& primals, const Tensor& dx, const Tensor&) const {
    return scatter_add(dx, primals.input(1), axis, length);
  }
};

Tensor gather(const Tensor& x, const Tensor& positions, std::size_t axis) {
  return autograd::apply(Take{axis}, x, positions);
}

Tensor scatter_add(const Tensor& x, const Tensor& positions, std::size_t axis, int64_t length) {
  return autograd::apply(ScatterAdd{axis, length}, x, positions);
}

// Of positions along `axis`, which is `length` long, each for the element at its own place along the others: those of
// the same elements in a row.
struct FlatPositions {
  static constexpr const char* name = "flat_positions";
  static constexpr const char* no_derivative = "positions are whole numbers";
  std::size_t axis;
  int64_t length;

  void attributes(autograd::Attributes& to) const { to("axis", axis), to("length", length); }
  // Each example has a row of its own.
  Tensor batch(const ops::Examples& examples, const ops::Mapped& positions) const {
    const int64_t count = positions.shape()[axis], size = count ? positions.shape().numel() / count * length : 0;
    return positions_in_all(autograd::apply(FlatPositions{axis + 1, length}, positions.value), examples, -size);
  }
  const Tensor& like(const Tensor& positions) const { return positions; }
  void compute(const Tensor& positions, const Tensor& y) const {
    const Tensor x = ops::dense(name, positions);
    const Shape& shape = x.shape();
    const int64_t inner = count_of(shape, axis + 1, shape.size()), block = shape[axis] * inner;
    const auto* from = core::elements<const int64_t>(x);
    auto* to = core::elements<int64_t>(y);
    for (int64_t i = 0; i < x.numel(); ++i) to[i] = (i / block * length + from[i]) * inner + i % inner;
  }
};

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

  return ops::in_operation("take_along_axis", [&] {
    const Tensor flat = autograd::apply(FlatPositions{along, x.shape()[along]}, positions);
    return gather(x.reshape({x.numel()}), flat, 0);
  });
}

void ops::describe_take(autograd::Registry& to) {
  to.add<Take, 2>();
  to.add<ScatterAdd, 2>();
  to.add<FlatPositions, 1>();
}

}  // namespace xtape
