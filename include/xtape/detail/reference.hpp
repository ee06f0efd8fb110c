#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <xtape/export.hpp>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace xtape::detail {

/// Whether the process has never had a second thread; counting then needs no locked instruction (as in
/// std::shared_ptr).
inline bool single_threaded() noexcept {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded;
#else
  return false;
#endif
}

/// Base of objects that count their owners. The count starts at one, held by whoever creates the object. Owners of a
/// constant object count too.
struct Counted {
  mutable std::atomic<uint32_t> references{1};

  void add_reference() const noexcept {
    if (single_threaded()) {
      references.store(references.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      references.fetch_add(1, std::memory_order_relaxed);
    }
  }
  /// Returns whether it was the last one.
  bool drop_reference() const noexcept {
    // A sole owner needs no atomic decrement: nobody else can add a reference.
    const uint32_t count = references.load(std::memory_order_acquire);
    if (count == 1) return true;
    if (!single_threaded()) return references.fetch_sub(1, std::memory_order_acq_rel) == 1;
    references.store(count - 1, std::memory_order_relaxed);
    return false;
  }
};

/// A pointer that shares ownership of a Counted object. `release_last(T*)`, found by argument-dependent
/// lookup, disposes of the object when its last reference goes.
template <class T>
class Reference {
 public:
  Reference() noexcept = default;
  /// Takes over a reference that the caller owns.
  static Reference adopt(T* object) noexcept {
    Reference reference;
    reference.object_ = object;
    return reference;
  }
  /// Adds a reference.
  static Reference share(T* object) noexcept {
    if (object) object->add_reference();
    return adopt(object);
  }
  Reference(const Reference& other) noexcept : object_(other.object_) {
    if (object_) object_->add_reference();
  }
  Reference(Reference&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Reference& operator=(Reference other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Reference() {
    if (object_ && object_->drop_reference()) release_last(object_);
  }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  bool operator==(const Reference&) const = default;
  bool unique() const noexcept { return object_ && object_->references.load(std::memory_order_acquire) == 1; }
  /// Gives the pointer up without dropping its reference.
  T* detach() noexcept { return std::exchange(object_, nullptr); }

 private:
  T* object_ = nullptr;
};

}  // namespace xtape::detail
