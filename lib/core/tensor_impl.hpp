#pragma once

#include <xtape/tensor.hpp>

#include <cstdint>

#include "core/allocator.hpp"
#include "core/annotation.hpp"
#include "core/late_reference.hpp"
#include "core/storage.hpp"

namespace xtape::core {

// The tape's node that computed a tensor; autograd/node.hpp derives from it.
struct TapeNode : detail::Counted {
  virtual ~TapeNode() = default;
};
void release_last(TapeNode* node) noexcept;

// Where a tensor collects its gradient; autograd/grad_slot.hpp derives from it.
struct TapeGrad : detail::Counted, Pooled {
  virtual ~TapeGrad() = default;
};
inline void release_last(const TapeGrad* grad) noexcept { delete grad; }

// What a transform knows of a tensor; autograd/lift.hpp derives from it.
struct Lift : detail::Counted, Pooled {
  virtual ~Lift() = default;
  // @throws AutogradError if the tensor's elements are not for `operation`, which would read them, to see.
  virtual void check_readable(const char* operation) const = 0;
};
inline void release_last(const Lift* lift) noexcept { delete lift; }

// What a Tensor points to.
struct TensorImpl : TensorHandle, Pooled {
  TensorImpl(const Shape& lengths, DType type) : shape(lengths), dtype(type) {}
  // Another handle of the same elements, cut off from the tape.
  struct Alias {};
  TensorImpl(Alias, const TensorImpl& other)
      : storage(other.storage),
        offset(other.offset),
        numel(other.numel),
        shape(other.shape),
        strides(other.strides),
        dtype(other.dtype),
        contiguous(other.contiguous),
        repeats(other.repeats) {}

  // Whether its memory belongs to its lift, which goes with it (autograd/tangent_level.cpp) and stays the same.
  bool within_lift = false;
  detail::Reference<Storage> storage;
  int64_t offset = 0;  // in elements
  int64_t numel = 0;
  Shape shape;
  Shape strides;
  DType dtype = DType::float32;
  bool contiguous = true;
  // Whether an element may stand at several positions, as broadcast_to and views of its results have it: then the
  // elements are only read.
  bool repeats = false;
  bool requires_grad = false;
  // Which output of `node` this is.
  uint32_t output_index = 0;
  // Null for a leaf.
  detail::Reference<TapeNode> node;
  // Null until a gradient arrives, or somebody asks to be told of it.
  LateReference<TapeGrad> grad;
  detail::Reference<const Annotation> annotation;
  // Null outside of transforms.
  detail::Reference<const Lift> lift;
};

inline TensorImpl* impl(const Tensor& tensor) { return static_cast<TensorImpl*>(tensor.handle()); }

Shape contiguous_strides(const Shape& shape);

// Every tensor is made here, and here its shape is checked: operations compute lengths so that they cannot overflow
// (checked_sum), and leave the rest to these. @throws ShapeError naming the operation unless lengths
// are not negative, at most max_rank, and their product is at most max_elements.

// A new tensor with uninitialized elements. @throws OutOfMemory.
Tensor make_tensor(const Shape& shape, DType dtype, const char* operation);
Tensor make_tensor(const Shape& shape, DType dtype, detail::Reference<Storage> storage);
// A new tensor of the shape and type of `x`, about which nothing is left to check. @throws OutOfMemory.
Tensor make_like(const Tensor& x, const char* operation);
// The elements of `x` as they are, cut off from the tape.
Tensor make_alias(const Tensor& x);
// Another look at the elements of `base`; not recorded on the tape. @throws ShapeError if it reaches beyond its memory.
Tensor make_view(const Tensor& base, const Shape& shape, const Shape& strides, int64_t offset,
                 const char* operation = "view");
// One entry of `stacked` along its first axis, to look at for shape, type and strides: its elements, of which there may
// be none, are the first entry's. Not recorded on the tape.
Tensor make_entry(const Tensor& stacked);
// The same tensor at the same place of the graph without its annotation, for those who keep it: x itself where it is a
// leaf that collects gradients, which nothing can stand for.
Tensor without_annotation(const Tensor& x);

// Whether x is the only way to its elements, and they are contiguous and may be written to: whoever holds it may change
// them or give them away. A broadcast tensor of one element may not, as those of more elements may not.
inline bool exclusive(const Tensor& x) {
  const TensorImpl* tensor = impl(x);
  return tensor->contiguous && !tensor->repeats && tensor->references.load(std::memory_order_acquire) == 1 &&
         tensor->storage.unique();
}

// The address of the first element, without any check: for ops, on tensors whose type is known and, for
// writing, that nobody else has seen yet.
template <class T>
T* elements(const TensorImpl* tensor) {
  return reinterpret_cast<T*>(tensor->storage->data) + tensor->offset;
}
template <class T>
T* elements(const Tensor& tensor) {
  return elements<T>(impl(tensor));
}

}  // namespace xtape::core
