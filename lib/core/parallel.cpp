#include "core/parallel.hpp"

#include <omp.h>

#include <exception>
#include <mutex>
#include <utility>
#include <xtape/threads.hpp>

#include "core/thread_pool.hpp"

namespace xtape::core {
namespace {

thread_local bool in_part = false;

}  // namespace

// The setting is read first: its default is OpenMP's, which is changed here.
PoolClaim::PoolClaim() : threads_(get_num_threads()), owner_(false), callers_threads_(omp_get_max_threads()) {
  // Not inside the user's own parallel regions, whose other threads have the cores.
  owner_ = !omp_in_parallel() && ThreadPool::instance().try_claim();
  if (!owner_) threads_ = 1;
  if (callers_threads_ != 1) omp_set_num_threads(1);
}

PoolClaim::~PoolClaim() {
  if (callers_threads_ != 1) omp_set_num_threads(callers_threads_);
  if (owner_) ThreadPool::instance().release();
}

void for_parts(const PoolClaim& claim, int64_t parts, PartFunction body) {
  std::mutex mutex;
  std::exception_ptr error;
  int64_t failed = parts;
  const auto run = [&](int64_t part) {
    const bool nested = std::exchange(in_part, true);
    try {
      body(part);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (part < failed) {
        failed = part;
        error = std::current_exception();
      }
    }
    in_part = nested;
  };
  if (claim.threads() == 1 || parts == 1) {
    for (int64_t part = 0; part < parts; ++part) run(part);
  } else {
    ThreadPool::instance().run(claim.threads(), parts, run);
  }
  if (error) std::rethrow_exception(error);
}

bool inside_part() { return in_part; }

void split_range(int64_t size, int64_t grain, RangeFunction body) {
  const PoolClaim claim;
  const int64_t threads = get_num_threads(), grains = size / std::max<int64_t>(grain, 1);
  if (std::min(threads, grains) <= 1) return body(0, size);
  const int64_t parts = grains < threads ? grains : threads * std::min(grains / threads, parts_per_thread);
  for_parts(claim, parts, [&](int64_t part) { body(size * part / parts, size * (part + 1) / parts); });
}

}  // namespace xtape::core
