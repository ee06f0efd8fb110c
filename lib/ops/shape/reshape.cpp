#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include <optional>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

// The shape with a length of -1 worked out.
Shape resolved_shape(const Tensor& x, const Shape& wanted) {
  Shape shape = wanted;
  int64_t known = 1;
  bool countable = true;
  int unknown = -1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[static_cast<std::size_t>(i)] == -1 && unknown < 0) {
      unknown = i;
    } else if (shape[static_cast<std::size_t>(i)] < 0) {
      throw ShapeError("reshape: " + wanted.str() + " is not a shape");
    } else {
      countable &= !__builtin_mul_overflow(known, shape[static_cast<std::size_t>(i)], &known);
    }
  }
  if (!countable) known = -1;
  if (unknown >= 0 && known > 0 && x.numel() % known == 0) {
    shape[static_cast<std::size_t>(unknown)] = x.numel() / known;
    known = x.numel();
  } else if (unknown >= 0) {
    known = -1;
  }
  if (known != x.numel()) {
    throw ShapeError("reshape: a tensor of shape " + x.shape().str() + " with " + std::to_string(x.numel()) +
                     " elements does not fit into shape " + wanted.str());
  }
  if (known == 0) core::check_shape("reshape", shape);
  return shape;
}

// Strides that show x's elements in another shape without a copy, where there are any: each group of axes
// that x steps through evenly can be divided anew.
std::optional<Shape> view_strides(const core::TensorImpl* x, const Shape& shape) {
  if (x->contiguous) return core::contiguous_strides(shape);
  Shape strides(shape.size(), 1);
  auto to = static_cast<int64_t>(shape.size()) - 1;
  int64_t group = 1;
  int64_t base = x->strides.empty() ? 1 : x->strides.back();
  for (auto from = static_cast<int64_t>(x->shape.size()) - 1; from >= 0; --from) {
    const auto axis = static_cast<std::size_t>(from);
    group *= x->shape[axis];
    if (from > 0 && (x->shape[axis - 1] == 1 || x->strides[axis - 1] == group * base)) continue;
    int64_t filled = 1;
    while (to >= 0 && (filled < group || shape[static_cast<std::size_t>(to)] == 1)) {
      strides[static_cast<std::size_t>(to)] = filled * base;
      filled *= shape[static_cast<std::size_t>(to)];
      --to;
    }
    if (filled != group) return std::nullopt;
    if (from > 0) {
      group = 1;
      base = x->strides[axis - 1];
    }
  }
  return strides;
}

// x's elements in another shape, for an x whose strides allow that without a copy.
struct Reshape {
  static constexpr const char* name = "reshape";
  Shape target;

  void attributes(autograd::Attributes& to) const { to("shape", target); }
  Tensor batch(const ops::Examples& examples, const ops::Mapped& x) const {
    return reshape(x.value, ops::with_axis(examples.count, target));
  }
  Tensor view(const Tensor& x) const {
    const core::TensorImpl* tensor = core::impl(x);
    return core::make_view(x, target, *view_strides(tensor, target), tensor->offset, name);
  }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, reshape(g, gradients.shape(0)));
  }
  // The tangent may have other strides than the value, which ask for a copy.
  Tensor jvp(const autograd::Primals&, const Tensor& dx) const { return reshape(dx, target); }
};

}  // namespace

Tensor reshape(const Tensor& x, const Shape& wanted) {
  core::check_defined("reshape", x);
  const Shape shape = resolved_shape(x, wanted);

  if (!x.is_contiguous() && !view_strides(core::impl(x), shape)) return reshape(ops::copy("reshape", x), shape);
  return autograd::apply(Reshape{shape}, x);
}

Tensor Tensor::reshape(const Shape& shape) const { return xtape::reshape(*this, shape); }

Tensor Tensor::flatten(Axis start) const {
  core::check_defined("flatten", *this);
  const int first = rank() == 0 ? 0 : core::checked_axis("flatten", start, rank());
  Shape merged(shape().begin(), shape().begin() + first);
  int64_t length = 1;
  for (int i = first; i < rank(); ++i) length *= shape(i);
  merged.push_back(length);
  return reshape(merged);
}

Tensor squeeze(const Tensor& x, const Axes& axes) {
  core::check_defined("squeeze", x);
  const auto marked = core::checked_axes("squeeze", axes, x.rank());
  Shape shape;
  for (std::size_t i = 0; i < x.shape().size(); ++i) {
    if (!axes.all() && marked[i] && x.shape()[i] != 1) {
      throw ShapeError("squeeze: axis " + std::to_string(i) + " of shape " + x.shape().str() + " is not of length 1");
    }
    if (!marked[i] || x.shape()[i] != 1) shape.push_back(x.shape()[i]);
  }
  return reshape(x, shape);
}

Tensor Tensor::squeeze(const Axes& axes) const { return xtape::squeeze(*this, axes); }

Tensor expand_dims(const Tensor& x, Axis axis) {
  core::check_defined("expand_dims", x);
  const int position = core::checked_axis("expand_dims", axis, x.rank() + 1);
  Shape shape = x.shape();
  shape.insert(static_cast<std::size_t>(position), 1);
  return reshape(x, shape);
}

Tensor Tensor::expand_dims(Axis axis) const { return xtape::expand_dims(*this, axis); }

void ops::describe_reshape(autograd::Registry& to) { to.add<Reshape, 1>(); }

}  // namespace xtape
