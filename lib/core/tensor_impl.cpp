#include "core/tensor_impl.hpp"

#include <string>
#include <utility>
#include <xtape/error.hpp>

#include "core/checks.hpp"

#include "core/disposal.hpp"

namespace xtape::core {
namespace {

void destroy(TensorImpl* tensor) noexcept {
  if (!tensor->within_lift) return delete tensor;
  // The last member to go, with the memory of all others.
  const detail::Reference<const Lift> home = std::move(tensor->lift);
  tensor->~TensorImpl();
}

}  // namespace

void release_last(TensorHandle* handle) noexcept {
  auto* tensor = static_cast<TensorImpl*>(handle);
  if (!tensor->grad.get() && !tensor->annotation) {
    destroy(tensor);
  } else {
    dispose(tensor, [](void* owner) { destroy(static_cast<TensorImpl*>(owner)); });
  }
}

void release_last(TapeNode* node) noexcept {
  dispose(node, [](void* dying) { delete static_cast<TapeNode*>(dying); });
}

Shape contiguous_strides(const Shape& shape) {
  Shape strides;
  strides.resize(shape.size());
  int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

namespace {

// The strides and the number of elements in one loop. @throws ShapeError unless a tensor can have the shape.
int64_t set_contiguous(TensorImpl* tensor, const char* operation) {
  const std::size_t rank = tensor->shape.size();
  tensor->strides.resize(rank);
  const int64_t* lengths = tensor->shape.data();
  int64_t* strides = tensor->strides.data();
  int64_t stride = 1;
  bool usual = rank <= max_rank;
  for (std::size_t i = rank; i-- > 0;) {
    strides[i] = stride;
    usual &= lengths[i] > 0;
    usual &= !__builtin_mul_overflow(stride, lengths[i], &stride);
  }
  // No elements, or no shape at all.
  if (!usual || stride > max_elements) [[unlikely]]
    check_shape(operation, tensor->shape);
  return tensor->numel = stride;
}

[[gnu::always_inline]] inline Tensor make_header(const Shape& shape, DType dtype) {
  return Tensor(detail::Reference<TensorHandle>::adopt(new TensorImpl(shape, dtype)));
}

[[noreturn, gnu::cold]] void throw_no_memory(const TensorImpl* tensor, std::size_t bytes, const char* operation) {
  throw_out_of_memory(std::string(operation) + ": a tensor of shape " + tensor->shape.str() + " and type " +
                          name(tensor->dtype),
                      bytes);
}

[[noreturn, gnu::cold]] void throw_reaches_beyond(const char* operation, const Shape& view, const Shape& whole) {
  throw ShapeError(std::string(operation) + ": a view of shape " + view.str() + " reaches beyond the memory of " +
                   whole.str());
}

[[gnu::always_inline]] inline void allocate_elements(TensorImpl* tensor, const char* operation) {
  const std::size_t bytes = static_cast<std::size_t>(tensor->numel) * size_of(tensor->dtype);
  try {
    tensor->storage = make_storage(bytes);
  } catch (const OutOfMemory&) {
    throw_no_memory(tensor, bytes, operation);
  }
}

}  // namespace

Tensor make_tensor(const Shape& shape, DType dtype, detail::Reference<Storage> storage) {
  Tensor result = make_header(shape, dtype);
  impl(result)->storage = std::move(storage);
  set_contiguous(impl(result), "tensor");
  return result;
}

Tensor make_tensor(const Shape& shape, DType dtype, const char* operation) {
  Tensor result = make_header(shape, dtype);
  set_contiguous(impl(result), operation);
  allocate_elements(impl(result), operation);
  return result;
}

Tensor make_like(const Tensor& x, const char* operation) {
  const TensorImpl* like = impl(x);
  Tensor result = make_header(like->shape, like->dtype);
  TensorImpl* tensor = impl(result);
  const std::size_t rank = like->shape.size();
  tensor->strides.resize(rank);
  const int64_t* lengths = tensor->shape.data();
  int64_t* strides = tensor->strides.data();
  int64_t stride = 1;
  for (std::size_t i = rank; i-- > 0; stride *= lengths[i]) strides[i] = stride;
  tensor->numel = like->numel;
  allocate_elements(tensor, operation);
  return result;
}

Tensor make_alias(const Tensor& x) {
  return Tensor(detail::Reference<TensorHandle>::adopt(new TensorImpl(TensorImpl::Alias{}, *impl(x))));
}

Tensor make_view(const Tensor& base, const Shape& shape, const Shape& strides, int64_t offset, const char* operation) {
  const TensorImpl* whole = impl(base);
  Tensor view = make_header(shape, whole->dtype);
  TensorImpl* tensor = impl(view);
  set_contiguous(tensor, operation);
  tensor->storage = whole->storage;
  tensor->offset = offset;
  // A length of 1 has no neighbour and a tensor without elements no gaps, whatever their strides say.
  bool contiguous = true, repeats = whole->repeats;
  int64_t first = offset, last = offset;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    contiguous &= strides[i] == tensor->strides[i];
    repeats |= strides[i] == 0;
    const int64_t reach = (shape[i] - 1) * strides[i];
    (reach < 0 ? first : last) += reach;
  }
  const bool inside = first >= 0 && last <= max_elements &&
                      static_cast<std::size_t>(last) * size_of(whole->dtype) < whole->storage->bytes;
  if (!inside && tensor->numel > 0) [[unlikely]]
    throw_reaches_beyond(operation, shape, whole->shape);
  tensor->contiguous = contiguous || tensor->numel == 0;
  tensor->repeats = repeats && tensor->numel > 0;
  tensor->strides = strides;
  return view;
}

Tensor make_entry(const Tensor& stacked) {
  Tensor entry = make_alias(stacked);
  TensorImpl* tensor = impl(entry);
  tensor->shape.erase(0);
  tensor->strides.erase(0);
  tensor->numel = tensor->shape.numel();
  tensor->contiguous = true;
  tensor->repeats = false;
  int64_t dense = 1;
  for (std::size_t i = tensor->shape.size(); i-- > 0; dense *= tensor->shape[i]) {
    if (tensor->shape[i] == 1 || tensor->numel == 0) continue;
    tensor->contiguous &= tensor->strides[i] == dense;
    tensor->repeats |= tensor->strides[i] == 0;
  }
  return entry;
}

Tensor without_annotation(const Tensor& x) {
  const TensorImpl* tensor = impl(x);
  if (tensor->requires_grad && !tensor->node) return x;
  Tensor plain = make_alias(x);
  impl(plain)->node = tensor->node;
  impl(plain)->output_index = tensor->output_index;
  impl(plain)->requires_grad = tensor->requires_grad;
  impl(plain)->lift = tensor->lift;
  return plain;
}

}  // namespace xtape::core
