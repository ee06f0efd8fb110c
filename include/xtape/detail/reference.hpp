#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace xtape::detail {

/// Base of objects that count their owners. The count starts at one, held by whoever creates the object.
struct Counted {
  std::atomic<uint32_t> references{1};
};

/// A pointer that shares ownership of a Counted object. `release_last(T*)`, found by argument-dependent
/// lookup, disposes of the object when its last reference goes.
template <class T>
class Reference {
 public:
  Reference() noexcept = default;
  Reference(std::nullptr_t) noexcept {}
  /// Takes over a reference that the caller owns.
  static Reference adopt(T* object) noexcept {
    Reference reference;
    reference.object_ = object;
    return reference;
  }
  /// Adds a reference.
  static Reference share(T* object) noexcept {
    if (object) object->references.fetch_add(1, std::memory_order_relaxed);
    return adopt(object);
  }
  Reference(const Reference& other) noexcept : object_(other.object_) {
    if (object_) object_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Reference(Reference&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Reference& operator=(Reference other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Reference() {
    // A sole owner needs no atomic decrement: nobody else can add a reference.
    if (object_ && (object_->references.load(std::memory_order_acquire) == 1 ||
                    object_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)) {
      release_last(object_);
    }
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
