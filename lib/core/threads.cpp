#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>
#include <xtape/error.hpp>
#include <xtape/threads.hpp>

#include "core/cpu_quota.hpp"

namespace xtape {
namespace {

// OpenMP's number, which is that of the environment or that of the CPUs that the process may run on; it knows nothing
// of quotas.
int default_threads() {
  const int threads = omp_get_max_threads(), quota = core::cpu_quota();
  return std::getenv("OMP_NUM_THREADS") || quota == 0 ? threads : std::min(threads, quota);
}

std::atomic<int>& thread_setting() {
  static std::atomic<int> setting{default_threads()};
  return setting;
}

}  // namespace

void set_num_threads(int count) {
  if (count < 1) throw ValueError("set_num_threads: count must be at least 1, got " + std::to_string(count));
  thread_setting().store(count);
}

int get_num_threads() { return thread_setting().load(); }

}  // namespace xtape
