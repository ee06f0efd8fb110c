#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <exception>

#include "core/shares.hpp"

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

// Calls body(part) for parts 0, ..., parts - 1 on the threads of `claim`. Each thread begins with its own share, the
// same each time, which its cache may still hold; then it takes from those of the others, from the end: cores are not
// equally fast, least of all virtual ones. A team is always as large as the claim: libgomp ends the threads that a
// smaller team leaves out, and would start them again for the next one. What a part throws is thrown again after all of
// them have ended; of several exceptions, that of the first part.
template <class Body>
void for_parts(const PoolClaim& claim, int64_t parts, const Body& body) {
  std::exception_ptr error;
  int64_t failed = parts;
  const auto run = [&](int64_t part) {
    try {
      body(part);
    } catch (...) {
#pragma omp critical(xtape_part_failed)
      if (part < failed) {
        failed = part;
        error = std::current_exception();
      }
    }
  };
  if (claim.threads() == 1) {
    for (int64_t part = 0; part < parts; ++part) run(part);
  } else {
    Shares shares(parts, claim.threads());
#pragma omp parallel num_threads(claim.threads())
    for (int64_t part; (part = shares.take(omp_get_thread_num())) >= 0;) run(part);
  }
  if (error) std::rethrow_exception(error);
}

// Enough for a thread that is half as fast as another one to leave it half of its share.
constexpr int64_t parts_per_thread = 4;

// Runs body(begin, end) over [0, size), on several threads where each gets at least `grain` elements. Where the split
// depends on the threads that are free, so must nothing else: what is summed up goes through kernels/support/chunks.hpp.
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
