#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <xtape/error.hpp>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "core/parallel.hpp"

using namespace xtape;

namespace {

// What `test` says in a child of this process.
bool in_child(const std::function<bool()>& test) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);  // a child that hangs has failed
    _exit(test() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int64_t parts_run() {
  std::atomic<int64_t> parts{0};
  core::for_parts(core::PoolClaim(), 100, [&](int64_t) { ++parts; });
  return parts;
}

}  // namespace

TEST_CASE("a child of a process with threads starts its own") {
  const int before = get_num_threads();
  set_num_threads(4);
  CHECK(parts_run() == 100);
  CHECK(in_child([] {
    bool another_thread = false;
    const auto self = std::this_thread::get_id();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!another_thread && std::chrono::steady_clock::now() < deadline) {
      std::atomic<bool> seen{false};
      core::for_parts(core::PoolClaim(), 8, [&](int64_t) {
        if (std::this_thread::get_id() != self) seen = true;
      });
      another_thread = seen;
    }
    return another_thread && parts_run() == 100 && in_child([] { return parts_run() == 100; });
  }));
  CHECK(parts_run() == 100);
  set_num_threads(before);
}

TEST_CASE("a fork waits for what other threads compute") {
  const int before = get_num_threads();
  set_num_threads(2);
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) parts_run();
  });
  int good = 0;
  for (int child = 0; child < 20; ++child) good += in_child([] { return parts_run() == 100; });
  stop = true;
  other.join();
  CHECK(good == 20);
  set_num_threads(before);
}

TEST_CASE("whoever claims the pool again and again does not keep a fork waiting") {
  const int before = get_num_threads();
  set_num_threads(2);
  const auto hold = [](int milliseconds) {
    const core::PoolClaim claim;
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  };
  int kept_waiting = 0;
  for (int child = 0; child < 10; ++child) {
    std::atomic<bool> claimed{false}, about_to_fork{false}, forked{false};
    int claims = 0;
    std::thread other([&] {
      for (const core::PoolClaim claim; !about_to_fork;) claimed = true;
      for (hold(20); !forked && claims < 50; ++claims) hold(5);
    });
    while (!claimed) std::this_thread::yield();
    about_to_fork = true;
    CHECK(in_child([] { return parts_run() == 100; }));
    forked = true;
    other.join();
    kept_waiting += claims == 50;
  }
  CHECK(kept_waiting == 0);
  set_num_threads(before);
}

TEST_CASE("a fork inside a parallel region loses parts, and says so") {
  const int before = get_num_threads();
  set_num_threads(2);
  const auto self = std::this_thread::get_id();
  pid_t child = -1;
  std::string message;
  // Where others want the cores too, the second thread may stay away for a while.
  for (int attempt = 0; attempt < 60 && child < 0; ++attempt) {
    std::atomic<bool> helper_inside{false}, done{false};
    try {
      core::for_parts(core::PoolClaim(), 2, [&](int64_t) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        const auto wait_for = [&](const std::atomic<bool>& event) {
          while (!event && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        };
        if (std::this_thread::get_id() != self) {
          helper_inside = true;
          wait_for(done);
        } else if (child < 0) {
          wait_for(helper_inside);
          if (helper_inside) child = fork();
          done = true;
        }
      });
    } catch (const RuntimeError& error) {
      message = error.what();
    }
  }
  if (child == 0) _exit(message.rfind("fork() inside a parallel region", 0) == 0 ? 0 : 1);
  CHECK(message.empty());
  REQUIRE(child > 0);
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  set_num_threads(before);
}

TEST_CASE("a child that a helper has forked off ends, and says why") {
  const int before = get_num_threads();
  set_num_threads(2);
  const auto self = std::this_thread::get_id();
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  std::atomic<pid_t> child{-1};
  // Where others want the cores too, the second thread may stay away for a while.
  for (int attempt = 0; attempt < 60 && child < 0; ++attempt) {
    std::atomic<bool> helper_came{false};
    core::for_parts(core::PoolClaim(), 2, [&](int64_t) {
      if (std::this_thread::get_id() != self) {
        helper_came = true;
        const pid_t forked = fork();
        if (forked == 0) {
          sigset_t none;
          sigemptyset(&none);
          pthread_sigmask(SIG_SETMASK, &none, nullptr);
          alarm(60);  // a child that hangs has failed
          std::signal(SIGABRT, SIG_DFL);
          dup2(pipe_ends[1], STDERR_FILENO);
        } else {
          child = forked;
        }
      } else {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        while (!helper_came && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
      }
    });
  }
  close(pipe_ends[1]);
  REQUIRE(child > 0);
  std::string said;
  for (char letter; read(pipe_ends[0], &letter, 1) == 1;) said += letter;
  close(pipe_ends[0]);
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  INFO(said);
  CHECK(said.find("fork() inside a parallel region") != std::string::npos);
  set_num_threads(before);
}
