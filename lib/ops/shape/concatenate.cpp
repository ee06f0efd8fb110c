#include <algorithm>
#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/list_op.hpp"
#include "core/checks.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/copy/copy.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {
namespace {

// The result's shape.
Shape concatenated_shape(std::span<const Tensor> tensors, std::size_t axis) {
  Shape shape = tensors.front().shape();
  shape[axis] = 0;
  for (const Tensor& tensor : tensors) {
    Shape others = tensor.shape();
    if (others.size() == shape.size()) others[axis] = shape[axis];
    if (others != shape) {
      throw ShapeError("concatenate: shapes differ outside axis " + std::to_string(axis) + ": " +
                       tensors.front().shape().str() + " and " + tensor.shape().str());
    }
    shape[axis] = core::checked_sum("concatenate", shape[axis], tensor.shape()[axis]);
  }
  return shape;
}

// Joins contiguous parts row by row where there are rows; false, having done nothing, otherwise.
bool join_rows(std::span<const Tensor> parts, const Tensor& whole, std::size_t axis) {
  int64_t rows = 1;
  for (std::size_t i = 0; i < axis; ++i) rows *= whole.shape()[i];
  const bool contiguous =
      std::all_of(parts.begin(), parts.end(), [](const Tensor& part) { return part.is_contiguous(); });
  if (rows < 2 || !contiguous) return false;
  const auto size = static_cast<int64_t>(size_of(whole.dtype()));
  std::vector<kernels::RowPart> rows_of_parts;
  for (const Tensor& part : parts) {
    const core::TensorImpl* tensor = core::impl(part);
    rows_of_parts.push_back(
        {tensor->storage->data + tensor->offset * size, static_cast<std::size_t>(tensor->numel / rows * size)});
  }
  kernels::join_rows(rows_of_parts, rows, core::impl(whole)->storage->data);
  return true;
}

// Copies `part` into `whole` from `start` on along `axis`.
void copy_into(const Tensor& part, const Tensor& whole, std::size_t axis, int64_t start) {
  const auto size = static_cast<int64_t>(size_of(whole.dtype()));
  const auto address = [size](const Tensor& tensor, int64_t element) {
    return core::impl(tensor)->storage->data + (core::impl(tensor)->offset + element) * size;
  };
  const auto plan =
      kernels::collapse<2>(part.rank(), part.shape().data(), {part.strides().data(), whole.strides().data()});
  kernels::copy_strided(plan, address(part, 0), address(whole, start * whole.strides()[axis]),
                        static_cast<std::size_t>(size));
}

// Of tensors of one type.
struct Concatenate {
  static constexpr const char* name = "concatenate";
  static constexpr bool linear = true;
  std::size_t axis;
  // Those of the inputs along the axis.
  std::vector<int64_t> lengths;

  void attributes(autograd::Attributes& to) const { to("axis", axis); }
  std::size_t outputs() const { return 1; }
  std::vector<Tensor> batch(const ops::Examples& examples, std::span<const ops::Mapped> parts) const {
    std::vector<Tensor> all;
    for (const ops::Mapped& part : parts) all.push_back(ops::stacked(part, examples));
    return autograd::apply_list(Concatenate{axis + 1, lengths}, all);
  }
  std::array<autograd::Spec, 1> shapes(std::span<const Tensor> parts) const {
    return {autograd::Spec{concatenated_shape(parts, axis), parts[0].dtype()}};
  }
  void compute(std::span<const Tensor> parts, std::span<const Tensor> y) const {
    if (join_rows(parts, y[0], axis)) return;
    int64_t start = 0;
    for (std::size_t i = 0; i < lengths.size(); start += lengths[i++]) copy_into(parts[i], y[0], axis, start);
  }
  void vjp(const autograd::Primals&, std::span<const Tensor> g, autograd::Gradients& gradients) const {
    int64_t start = 0;
    for (std::size_t i = 0; i < lengths.size(); start += lengths[i++]) {
      if (!gradients.needed(i)) continue;
      gradients.set(i, g[0].slice(static_cast<int>(axis), {start, start + lengths[i]}));
    }
  }
};

}  // namespace

Tensor concatenate(const std::vector<Tensor>& tensors, Axis axis) {
  if (tensors.empty()) throw ValueError("concatenate: expected at least one tensor, got none");
  for (const Tensor& tensor : tensors) core::check_defined("concatenate", tensor);
  const auto along = static_cast<std::size_t>(core::checked_axis("concatenate", axis, tensors.front().rank()));
  concatenated_shape(tensors, along);

  DType dtype = tensors.front().dtype();
  for (const Tensor& tensor : tensors) dtype = promote_types(dtype, tensor.dtype());
  std::vector<Tensor> parts;
  std::vector<int64_t> lengths;
  for (const Tensor& tensor : tensors) {
    parts.push_back(ops::converted("concatenate", tensor, dtype));
    lengths.push_back(tensor.shape()[along]);
  }
  return autograd::apply_list(Concatenate{along, std::move(lengths)}, parts)[0];
}

Tensor stack(const std::vector<Tensor>& tensors, Axis axis) {
  if (tensors.empty()) throw ValueError("stack: expected at least one tensor, got none");
  for (const Tensor& tensor : tensors) {
    core::check_defined("stack", tensor);
    if (tensor.shape() != tensors.front().shape()) {
      throw ShapeError("stack: shapes differ: " + tensors.front().shape().str() + " and " + tensor.shape().str());
    }
  }
  const int along = core::checked_axis("stack", axis, tensors.front().rank() + 1);
  return ops::in_operation("stack", [&] {
    std::vector<Tensor> parts;
    parts.reserve(tensors.size());
    for (const Tensor& tensor : tensors) parts.push_back(tensor.expand_dims(along));
    return concatenate(parts, along);
  });
}

void ops::describe_concatenate(autograd::Registry& to) { to.add_list<Concatenate>(); }

}  // namespace xtape
