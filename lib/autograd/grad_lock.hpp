#pragma once

#include <atomic>
#include <utility>

#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// Guards the grad of a tensor for a scope. Whoever reads or replaces it holds the lock, for as long as it takes to
// copy or swap a handle; old gradients are destroyed outside, for that may run code of the user's. Who needs several
// locks takes them in the order of addresses (leaf_sums.cpp).
class GradLock {
 public:
  explicit GradLock(const core::TensorImpl* tensor) : lock_(&tensor->grad_lock) {
    while (lock_->test_and_set(std::memory_order_acquire)) lock_->wait(true, std::memory_order_relaxed);
  }
  GradLock(GradLock&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
  GradLock& operator=(GradLock&&) = delete;
  ~GradLock() {
    if (!lock_) return;
    lock_->clear(std::memory_order_release);
    lock_->notify_one();
  }

 private:
  std::atomic_flag* lock_;
};

}  // namespace xtape::autograd
