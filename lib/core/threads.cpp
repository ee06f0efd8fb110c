#include <atomic>
#include <string>
#include <xtape/error.hpp>
#include <xtape/threads.hpp>

#include "core/parallel.hpp"

namespace xtape {
namespace {

std::atomic<int>& thread_setting() {
  static std::atomic<int> setting{omp_get_max_threads()};
  return setting;
}

std::atomic<bool> pool_taken{false};

}  // namespace

void set_num_threads(int count) {
  if (count < 1) throw ValueError("set_num_threads: count must be at least 1, got " + std::to_string(count));
  thread_setting().store(count);
}

int get_num_threads() { return thread_setting().load(); }

namespace core {

PoolClaim::PoolClaim() : threads_(1), owner_(false), callers_threads_(omp_get_max_threads()) {
  if (!omp_in_parallel() && !pool_taken.exchange(true, std::memory_order_acquire)) {
    owner_ = true;
    threads_ = get_num_threads();
  }
  // Inside a parallel region too: oneDNN would prepare for a team that a nested region does not get, and wait for it
  // forever.
  omp_set_num_threads(threads_);
}

PoolClaim::~PoolClaim() {
  omp_set_num_threads(callers_threads_);
  if (owner_) pool_taken.store(false, std::memory_order_release);
}

}  // namespace core
}  // namespace xtape
