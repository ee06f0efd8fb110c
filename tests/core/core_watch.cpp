#include "core/core_watch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "catch.hpp"

using namespace xtape;
using Clock = core::CoreWatch::Clock;

TEST_CASE("the time on a CPU of a process's parent is not taken for lost") {
  int status = -1;
  // A new thread has never waited, and neither has its child: only the times differ.
  std::thread([&] {
    core::CoreWatch watch;
    for (const auto start = Clock::now(); Clock::now() - start < std::chrono::milliseconds(50);) continue;
    watch.start(Clock::now());
    const pid_t child = fork();
    if (child == 0) {
      for (const auto start = Clock::now(); Clock::now() - start < std::chrono::milliseconds(2);) continue;
      _exit(watch.check(Clock::now()) == Clock::duration::zero() ? 0 : 1);
    }
    waitpid(child, &status, 0);
  }).join();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
