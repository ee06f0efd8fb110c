#include "ops/shape/slice.hpp"

#include <algorithm>
#include <string>
#include <xtape/error.hpp>
#include <xtape/tensor.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"

namespace xtape {
namespace ops {

Range resolved(const Slice& slice, int64_t length) {
  if (slice.step == 0) throw ValueError("slice: step must not be 0");
  // Python's rule: bounds are clipped, so that no slice is out of range.
  const bool forward = slice.step > 0;
  const int64_t lowest = forward ? 0 : -1;
  const int64_t highest = forward ? length : length - 1;
  const auto bound = [&](std::optional<Position> position, int64_t otherwise) {
    if (!position) return otherwise;
    const int64_t value = position->value();
    return std::clamp(value < 0 ? value + length : value, lowest, highest);
  };
  const int64_t start = bound(slice.start, forward ? lowest : highest);
  const int64_t stop = bound(slice.stop, forward ? highest : lowest);
  const int64_t distance = forward ? stop - start : start - stop;
  if (distance <= 0) return {start, 1, 0};
  // The smallest step has no counterpart above 0.
  const uint64_t step = forward ? static_cast<uint64_t>(slice.step) : -static_cast<uint64_t>(slice.step);
  const auto count = static_cast<int64_t>(static_cast<uint64_t>(distance - 1) / step) + 1;
  // A single entry has no next one, which a long step would put beyond all memory.
  return {start, count > 1 ? int64_t{slice.step} : 1, count};
}

namespace {

struct TakeRange {
  static constexpr const char* name = "slice";
  static constexpr bool linear = true;
  std::size_t axis;
  Range range;

  void attributes(autograd::Attributes& to) const {
    to("axis", axis), to("start", range.start), to("step", range.step), to("count", range.count);
  }
  Tensor batch(const Examples&, const Mapped& x) const { return take_range(x.value, axis + 1, range); }
  Tensor view(const Tensor& x) const {
    const core::TensorImpl* tensor = core::impl(x);
    Shape shape = tensor->shape, strides = tensor->strides;
    shape[axis] = range.count;
    const int64_t offset = tensor->offset + (range.count ? range.start * strides[axis] : 0);
    strides[axis] *= range.step;
    return core::make_view(x, shape, strides, offset, name);
  }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, put_range(g, axis, range, gradients.shape(0)[axis]));
  }
};

struct PutRange {
  static constexpr const char* name = "put_range";
  static constexpr bool linear = true;
  std::size_t axis;
  Range range;
  int64_t length;

  void attributes(autograd::Attributes& to) const {
    to("axis", axis), to("start", range.start), to("step", range.step), to("count", range.count), to("length", length);
  }
  Tensor batch(const Examples&, const Mapped& x) const { return put_range(x.value, axis + 1, range, length); }
  autograd::Spec shape(const Tensor& x) const {
    Shape shape = x.shape();
    shape[axis] = length;
    return {shape, x.dtype()};
  }
  void compute(const Tensor& x, const Tensor& y) const {
    y.fill(0);
    TakeRange{axis, range}.view(y).assign(x.detach());
  }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, take_range(g, axis, range));
  }
};

}  // namespace

Tensor take_range(const Tensor& x, std::size_t axis, const Range& range) {
  return autograd::apply(TakeRange{axis, range}, x);
}

Tensor put_range(const Tensor& x, std::size_t axis, const Range& range, int64_t length) {
  return autograd::apply(PutRange{axis, range, length}, x);
}

}  // namespace ops

Tensor Tensor::slice(Axis axis, const Slice& range) const {
  core::check_defined("slice", *this);
  const auto position = static_cast<std::size_t>(core::checked_axis("slice", axis, rank()));
  return ops::take_range(*this, position, ops::resolved(range, shape()[position]));
}

Tensor Tensor::select(Axis axis, Position position) const {
  core::check_defined("select", *this);
  const int along = core::checked_axis("select", axis, rank());
  const int64_t length = shape(along);
  const int64_t index = position.value();
  if (index < -length || index >= length) {
    throw IndexError("select: index " + std::to_string(index) + " is out of range for axis " + std::to_string(along) +
                     " of shape " + shape().str());
  }
  const ops::Range range{index < 0 ? index + length : index, 1, 1};
  return ops::take_range(*this, static_cast<std::size_t>(along), range).squeeze(along);
}

void Position::refuse(uint64_t position) {
  throw IndexError("index: " + std::to_string(position) + " is beyond every axis");
}

Tensor Tensor::operator[](std::initializer_list<Index> indices) const {
  core::check_defined("index", *this);
  if (static_cast<int>(indices.size()) > rank()) {
    throw IndexError("index: " + std::to_string(indices.size()) + " indices for a tensor of shape " + shape().str());
  }
  Tensor view = *this;
  int axis = 0;
  for (const Index& index : indices) {
    view = index.is_position() ? view.select(axis, index.position()) : view.slice(axis++, index.slice());
  }
  return view;
}

void ops::describe_slice(autograd::Registry& to) {
  to.add<TakeRange, 1>();
  to.add<PutRange, 1>();
}

}  // namespace xtape
