#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <xtape/detail/numbers.hpp>
#include <xtape/threads.hpp>

#include "core/cpu_quota.hpp"

namespace xtape {
namespace {

// Whether the environment has a number of threads. OpenMP ignores what is none, or not positive.
bool environment_has_threads() {
  const char* value = std::getenv("OMP_NUM_THREADS");
  return value && std::atoi(value) > 0;
}

// OpenMP's number, which is that of the environment or that of the CPUs that the process may run on; it knows nothing
// of quotas.
int default_threads() {
  const int threads = std::min(omp_get_max_threads(), omp_get_thread_limit());
  const int quota = environment_has_threads() ? 0 : core::cpu_quota();
  return quota == 0 ? threads : std::min(threads, quota);
}

std::atomic<int>& thread_setting() {
  static std::atomic<int> setting{default_threads()};
  return setting;
}

}  // namespace

void set_num_threads(int count) {
  detail::check_at_least(1, "set_num_threads", "count", count);
  thread_setting().store(count);
}

int get_num_threads() { return thread_setting().load(); }

}  // namespace xtape
