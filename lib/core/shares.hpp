#pragma once

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace xtape::core {

// What is left of each thread's share of the parts 0, ..., count - 1.
class Shares {
 public:
  // Deals the parts out anew. Nobody may take meanwhile.
  void deal(int64_t count, int threads) {
    assert(count <= int64_t{0xffffffff});
    if (threads > capacity_) {
      left_ = std::make_unique<Share[]>(static_cast<std::size_t>(threads));
      capacity_ = threads;
    }
    threads_ = threads;
    for (int64_t t = 0; t < threads; ++t)
      left_[static_cast<std::size_t>(t)].range.store(
          pack(static_cast<uint64_t>(count * t / threads), static_cast<uint64_t>(count * (t + 1) / threads)),
          std::memory_order_relaxed);
  }

  // The next part for `thread`: the first of its own share, or the last of another one; -1 if there is none.
  int64_t take(int thread) {
    for (int i = 0; i < threads_; ++i) {
      std::atomic<uint64_t>& range = left_[static_cast<std::size_t>((thread + i) % threads_)].range;
      for (uint64_t seen = range.load(std::memory_order_relaxed); begin(seen) < end(seen);) {
        const uint64_t rest = i == 0 ? pack(begin(seen) + 1, end(seen)) : pack(begin(seen), end(seen) - 1);
        if (range.compare_exchange_weak(seen, rest, std::memory_order_relaxed))
          return static_cast<int64_t>(i == 0 ? begin(seen) : end(seen) - 1);
      }
    }
    return -1;
  }

 private:
  struct alignas(64) Share {
    std::atomic<uint64_t> range;
  };

  static uint64_t pack(uint64_t begin, uint64_t end) { return begin << 32 | end; }
  static uint64_t begin(uint64_t range) { return range >> 32; }
  static uint64_t end(uint64_t range) { return range & 0xffffffff; }

  std::unique_ptr<Share[]> left_;
  int capacity_ = 0, threads_ = 0;
};

}  // namespace xtape::core
