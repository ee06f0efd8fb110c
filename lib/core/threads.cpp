#include <xtape/error.hpp>
#include <xtape/threads.hpp>

#include <atomic>
#include <string>

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

PoolClaim::PoolClaim() : threads_(1), owner_(false), outer_threads_(omp_in_parallel() ? omp_get_max_threads() : 0) {
  if (outer_threads_ > 0) {
    // oneDNN would prepare for a team that a nested region does not get, and wait for it forever.
    omp_set_num_threads(1);
    return;
  }
  if (!pool_taken.exchange(true, std::memory_order_acquire)) {
    owner_ = true;
    threads_ = get_num_threads();
  }
  omp_set_num_threads(threads_);
}

PoolClaim::~PoolClaim() {
  if (outer_threads_ > 0) omp_set_num_threads(outer_threads_);
  if (owner_) pool_taken.store(false, std::memory_order_release);
}

}  // namespace core
}  // namespace xtape
