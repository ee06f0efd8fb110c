#include <algorithm>
#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/copy/copy.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

// The result's shape.
Shape concatenated_shape(const std::vector<Tensor>& tensors, std::size_t axis) {
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
bool join_rows(const std::vector<Tensor>& parts, const Tensor& whole, std::size_t axis) {
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

}  // namespace

Tensor concatenate(const std::vector<Tensor>& tensors, Axis axis) {
  if (tensors.empty()) throw ValueError("concatenate: expected at least one tensor, got none");
  for (const Tensor& tensor : tensors) core::check_defined("concatenate", tensor);
  const auto along = static_cast<std::size_t>(core::checked_axis("concatenate", axis, tensors.front().rank()));
  const Shape shape = concatenated_shape(tensors, along);

  DType dtype = tensors.front().dtype();
  for (const Tensor& tensor : tensors) dtype = promote_types(dtype, tensor.dtype());
  std::vector<Tensor> parts;
  parts.reserve(tensors.size());
  for (const Tensor& tensor : tensors) parts.push_back(ops::converted("concatenate", tensor, dtype));
  Tensor y = core::make_tensor(shape, dtype, "concatenate");
  if (!join_rows(parts, y, along)) {
    int64_t start = 0;
    for (const Tensor& part : parts) {
      copy_into(part, y, along, start);
      start += part.shape()[along];
    }
  }

  const bool needs_grad =
      std::any_of(parts.begin(), parts.end(), [](const Tensor& part) { return autograd::needs_grad(part); });
  if (needs_grad) {
    std::vector<int64_t> lengths;
    lengths.reserve(parts.size());
    for (const Tensor& part : parts) lengths.push_back(part.shape()[along]);
    autograd::record("concatenate", std::span(&y, 1), parts,
                     [lengths = std::move(lengths), along](const Tensor& g, autograd::Gradients& gradients) {
                       int64_t begin = 0;
                       for (std::size_t i = 0; i < lengths.size(); begin += lengths[i++]) {
                         if (!gradients.needed(i)) continue;
                         gradients.set(i, g.slice(static_cast<int>(along), {begin, begin + lengths[i]}));
                       }
                     });
  }
  return y;
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
  std::vector<Tensor> parts;
  parts.reserve(tensors.size());
  for (const Tensor& tensor : tensors) parts.push_back(tensor.expand_dims(along));
  return concatenate(parts, along);
}

}  // namespace xtape
