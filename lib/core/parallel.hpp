#pragma once

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <vector>

namespace xtape::core {

// Claims the process's one thread pool for a scope. Whoever comes second, or is already inside a
// parallel region, gets one thread: eight callers never start eight teams. BLAS and oneDNN read the
// OpenMP setting of the calling thread, so a claim holds for them too.
class PoolClaim {
 public:
  PoolClaim();
  ~PoolClaim();
  PoolClaim(const PoolClaim&) = delete;
  PoolClaim& operator=(const PoolClaim&) = delete;

  int threads() const { return threads_; }

 private:
  int threads_;
  bool owner_;
  int callers_threads_;  // the setting to restore
};

// What is left of each thread's share of the parts 0, ..., count - 1.
class Shares {
 public:
  Shares(int64_t count, int threads) : left_(static_cast<std::size_t>(threads)) {
    for (int64_t t = 0; t < threads; ++t)
      left_[t].range =
          pack(static_cast<uint64_t>(count * t / threads), static_cast<uint64_t>(count * (t + 1) / threads));
  }

  // The next part for `thread`: the first of its own share, or the last of another one; -1 if there is none.
  int64_t take(int thread) {
    const auto threads = static_cast<int>(left_.size());
    for (int i = 0; i < threads; ++i) {
      std::atomic<uint64_t>& range = left_[(thread + i) % threads].range;
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

  std::vector<Share> left_;
};

// Calls body(part) for parts 0, ..., parts - 1 on the threads of `claim`. Each thread begins with its own share, the
// same each time, which its cache may still hold; then it takes from those of the others, from the end: cores are not
// equally fast, least of all virtual ones. A team is always as large as the claim: libgomp ends the threads that a
// smaller team leaves out, and would start them again for the next one. What a part throws is thrown again after all of
// them have ended; of several exceptions, that of the first part.
template <class Body>
void for_parts(const PoolClaim& claim, int64_t parts, const Body& body) {
  std::exception_ptr error;
  int64_t failed = parts;
  Shares shares(parts, claim.threads());
#pragma omp parallel num_threads(claim.threads())
  for (int64_t part; (part = shares.take(omp_get_thread_num())) >= 0;) {
    try {
      body(part);
    } catch (...) {
#pragma omp critical(xtape_part_failed)
      if (part < failed) {
        failed = part;
        error = std::current_exception();
      }
    }
  }
  if (error) std::rethrow_exception(error);
}

// Enough for a thread that is half as fast as another one to leave it half of its share.
constexpr int64_t parts_per_thread = 4;

// Runs body(begin, end) over [0, size), on several threads where each gets at least `grain` elements.
// The split depends only on size, grain and the thread count, so results are reproducible.
template <class Body>
void parallel_for(int64_t size, int64_t grain, const Body& body) {
  if (size < 2 * grain) {
    if (size > 0) body(int64_t{0}, size);
    return;
  }
  const PoolClaim claim;
  const int64_t threads = claim.threads(), grains = size / std::max<int64_t>(grain, 1);
  if (std::min(threads, grains) <= 1) {
    body(int64_t{0}, size);
    return;
  }
  const int64_t parts = grains < threads ? grains : threads * std::min(grains / threads, parts_per_thread);
  for_parts(claim, parts, [&](int64_t part) { body(size * part / parts, size * (part + 1) / parts); });
}

}  // namespace xtape::core
