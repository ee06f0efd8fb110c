#include "core/fork_safe_mutex.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "core/allocator.hpp"

using namespace xtape;

namespace {

// Whether a child ends that does `test`.
template <class Test>
bool ends_in_child(const Test& test) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(30);  // a child that hangs has failed
    test();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a fork waits for whoever holds a mutex, which the child finds open") {
  core::ForkSafeMutex mutex;
  std::atomic<bool> held{false};
  std::thread other([&] {
    const std::lock_guard lock(mutex);
    held = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  });
  while (!held) std::this_thread::yield();
  CHECK(ends_in_child([&] { const std::lock_guard lock(mutex); }));
  other.join();
  const std::lock_guard open_here_too(mutex);
}

TEST_CASE("a child allocates whatever other threads did at the fork") {
  std::atomic<bool> stop{false};
  std::vector<std::thread> others;
  constexpr std::size_t bytes = 1 << 16;
  // The first call of all makes what the others use: a fork in the middle of that is more than can be waited for.
  core::deallocate(core::allocate(bytes), bytes);
  for (int i = 0; i < 3; ++i) {
    others.emplace_back([&] {
      while (!stop) core::deallocate(core::allocate(bytes), bytes);
    });
  }
  int good = 0;
  for (int child = 0; child < 50 && good == child; ++child)
    good += ends_in_child([&] { core::deallocate(core::allocate(bytes), bytes); });
  stop = true;
  for (std::thread& other : others) other.join();
  CHECK(good == 50);
}
