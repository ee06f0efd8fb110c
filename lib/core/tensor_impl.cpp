#include "core/tensor_impl.hpp"

#include <utility>

#include "core/disposal.hpp"

namespace xtape::core {

void release_last(TensorHandle* handle) noexcept {
  auto* tensor = static_cast<TensorImpl*>(handle);
  if (!tensor->grad.defined() && !tensor->annotation) {
    delete tensor;
  } else {
    dispose(tensor, [](void* owner) { delete static_cast<TensorImpl*>(owner); });
  }
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

// The strides and the number of elements in one loop.
int64_t set_contiguous(TensorImpl* tensor) {
  const std::size_t rank = tensor->shape.size();
  tensor->strides.resize(rank);
  const int64_t* lengths = tensor->shape.data();
  int64_t* strides = tensor->strides.data();
  int64_t stride = 1;
  for (std::size_t i = rank; i-- > 0;) {
    strides[i] = stride;
    stride *= lengths[i];
  }
  return tensor->numel = stride;
}

}  // namespace

Tensor make_tensor(const Shape& shape, DType dtype, detail::Reference<Storage> storage) {
  auto* tensor = new TensorImpl(shape, dtype);
  tensor->storage = std::move(storage);
  set_contiguous(tensor);
  return Tensor(detail::Reference<TensorHandle>::adopt(tensor));
}

Tensor make_tensor(const Shape& shape, DType dtype) {
  auto* tensor = new TensorImpl(shape, dtype);
  Tensor result(detail::Reference<TensorHandle>::adopt(tensor));
  tensor->storage = make_storage(static_cast<std::size_t>(set_contiguous(tensor)) * size_of(dtype));
  return result;
}

Tensor make_view(const Tensor& base, const Shape& shape, const Shape& strides, int64_t offset) {
  Tensor view = make_tensor(shape, impl(base)->dtype, impl(base)->storage);
  TensorImpl* tensor = impl(view);
  tensor->offset = offset;
  // A length of 1 has no neighbour and a tensor without elements no gaps, whatever their strides say.
  bool contiguous = true;
  for (std::size_t i = 0; i < shape.size(); ++i) contiguous &= shape[i] == 1 || strides[i] == tensor->strides[i];
  tensor->contiguous = contiguous || tensor->numel == 0;
  tensor->strides = strides;
  return view;
}

Tensor without_annotation(const Tensor& x) {
  const TensorImpl* tensor = impl(x);
  if (!tensor->annotation || (tensor->requires_grad && !tensor->node)) return x;
  Tensor plain = make_view(x, tensor->shape, tensor->strides, tensor->offset);
  impl(plain)->node = tensor->node;
  impl(plain)->output_index = tensor->output_index;
  impl(plain)->requires_grad = tensor->requires_grad;
  return plain;
}

}  // namespace xtape::core
