#include <omp.h>
#include <sched.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "core/parallel.hpp"

using namespace xtape;

// With OMP_PLACES set too, where OpenMP binds this thread to one of them (test core@places).
TEST_CASE("helpers and caller together may run on all CPUs of the process") {
  const int before = get_num_threads();
  const int cpus = omp_get_num_procs();
  set_num_threads(cpus);
  core::for_parts(core::PoolClaim(), cpus, [](int64_t) {});

  // A helper that has not begun yet is where its maker is.
  int together = 0;
  for (int attempt = 0; attempt < 1000 && together < cpus; ++attempt) {
    cpu_set_t all, one;
    CPU_ZERO(&all);
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      if (sched_getaffinity(std::stoi(task.path().filename()), sizeof one, &one) == 0) CPU_OR(&all, &all, &one);
    }
    together = CPU_COUNT(&all);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(together == cpus);
  set_num_threads(before);
}
