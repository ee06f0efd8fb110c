#pragma once

#include <atomic>
#include <cstdint>

#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// The same of an x that a transform lifted.
uint32_t version_with_tangents(const core::TensorImpl* x);

// How often the elements that derivatives read of x were changed in place.
inline uint32_t version_of(const core::TensorImpl* x) {
  if (x->lift) [[unlikely]]
    return version_with_tangents(x);
  return x->storage->version.load(std::memory_order_relaxed);
}
inline uint32_t version_of(const Tensor& x) { return version_of(core::impl(x)); }

}  // namespace xtape::autograd
