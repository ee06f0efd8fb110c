#pragma once

#include <xtape/detail/reference.hpp>

#include "core/allocator.hpp"

namespace xtape::core {

// What upper floors know about a tensor object beyond its elements; core knows nothing about the content.
// - It belongs to the object, not to the storage: no operation passes it on, whether view, copy or arithmetic.
// - It is attached by the function that has just made the tensor, before anybody else sees it, and never changes
//   afterwards: threads may read it without a lock.
// - It owns no tensor that has an annotation of its own, so that a chain of results does not stay in memory through
//   its last one.
struct Annotation : detail::Counted, Pooled {
  virtual ~Annotation() = default;
};

inline void release_last(const Annotation* annotation) noexcept { delete annotation; }

}  // namespace xtape::core
