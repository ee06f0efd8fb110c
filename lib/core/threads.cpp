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

PoolClaim::PoolClaim() : threads_(1), owner_(false) {
  if (omp_in_parallel()) return;
  if (!pool_taken.exchange(true, std::memory_order_acquire)) {
    owner_ = true;
    threads_ = get_num_threads();
  }
  omp_set_num_threads(threads_);
}

PoolClaim::~PoolClaim() {
  if (owner_) pool_taken.store(false, std::memory_order_release);
}

}  // namespace core
}  // namespace xtape
