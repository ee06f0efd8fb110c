#pragma once

#include <xtape/detail/reference.hpp>

#include <atomic>

namespace xtape::core {

// A Reference that begins null and is set once, by whichever thread comes first, while others look at it.
template <class T>
class LateReference {
 public:
  LateReference() noexcept = default;
  LateReference(const LateReference&) = delete;
  LateReference& operator=(const LateReference&) = delete;
  ~LateReference() {
    T* object = object_.load(std::memory_order_relaxed);
    if (object && object->drop_reference()) release_last(object);
  }

  T* get() const noexcept { return object_.load(std::memory_order_acquire); }
  // The object; make() makes a new one where there is none.
  template <class Make>
  T* get_or(const Make& make) {
    if (T* present = get()) return present;
    T* made = make();
    T* expected = nullptr;
    if (object_.compare_exchange_strong(expected, made, std::memory_order_acq_rel)) return made;
    detail::Reference<T>::adopt(made);
    return expected;
  }

 private:
  std::atomic<T*> object_{nullptr};
};

}  // namespace xtape::core
