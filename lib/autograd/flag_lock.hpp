#pragma once

#include <atomic>
#include <utility>

namespace xtape::autograd {

// Holds a lock of one byte for a scope: for as long as it takes to copy or swap a handle or to push to a list. What is
// replaced is destroyed outside, for that may run code of the user's. Who needs several locks takes them in the order
// of addresses (leaf_sums.cpp).
class FlagLock {
 public:
  explicit FlagLock(std::atomic_flag& lock) : lock_(&lock) {
    while (lock_->test_and_set(std::memory_order_acquire)) lock_->wait(true, std::memory_order_relaxed);
  }
  FlagLock(FlagLock&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}
  FlagLock& operator=(FlagLock&&) = delete;
  ~FlagLock() {
    if (!lock_) return;
    lock_->clear(std::memory_order_release);
    lock_->notify_one();
  }

 private:
  std::atomic_flag* lock_;
};

}  // namespace xtape::autograd
