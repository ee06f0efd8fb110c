#include <omp.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "core/parallel.hpp"

TEST_CASE("a thread count below 1 is refused and changes nothing") {
  const int before = xtape::get_num_threads();
  CHECK_THROWS_WITH(xtape::set_num_threads(0), "set_num_threads: count must be at least 1, given 0");
  CHECK(xtape::get_num_threads() == before);
}

TEST_CASE("parallel_for visits each element once") {
  std::vector<int> visits(1000);
  xtape::core::parallel_for(1000, 10, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) ++visits[i];
  });
  CHECK(visits == std::vector<int>(1000, 1));
}

TEST_CASE("only one claim at a time gets the thread pool") {
  const xtape::core::PoolClaim first;
  CHECK(first.threads() == xtape::get_num_threads());
  const xtape::core::PoolClaim second;
  CHECK(second.threads() == 1);
}

TEST_CASE("a task for few threads leaves the others alive") {
  const int before = xtape::get_num_threads();
  xtape::set_num_threads(4);
  std::mutex mutex;
  std::set<pid_t> seen;
  for (int call = 0; call < 20; ++call) {
    for (const int64_t size : {4, 2, 3}) {
      xtape::core::parallel_for(size, 1, [&](int64_t, int64_t) {
        const std::lock_guard lock(mutex);
        seen.insert(gettid());
      });
    }
  }
  xtape::set_num_threads(before);
  // Threads that were started anew would add to them; fewer are those of which others took all parts.
  CHECK(seen.size() <= 4);
}

TEST_CASE("eight callers share one pool") {
  constexpr int callers = 8, pool = 4;
  const int before = xtape::get_num_threads();
  xtape::set_num_threads(pool);
  std::atomic<int> running{0}, most{0};
  std::vector<std::thread> team;
  for (int caller = 0; caller < callers; ++caller) {
    team.emplace_back([&] {
      for (int call = 0; call < 200; ++call) {
        xtape::core::parallel_for(pool, 1, [&](int64_t, int64_t) {
          const int now = ++running;
          for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) continue;
          std::this_thread::yield();
          --running;
        });
      }
    });
  }
  for (std::thread& thread : team) thread.join();
  xtape::set_num_threads(before);
  // One of them with the pool, the others alone; a team each would be callers * pool.
  CHECK(most <= callers - 1 + pool);
}

TEST_CASE("what a part throws on another thread reaches the caller") {
  const int before = xtape::get_num_threads();
  xtape::set_num_threads(3);
  const auto fail_from = [](int64_t first) {
    xtape::core::parallel_for(3, 1, [&](int64_t begin, int64_t) {
      if (begin >= first) throw xtape::ValueError("part " + std::to_string(begin));
    });
  };
  CHECK_THROWS_WITH(fail_from(1), "part 1");
  CHECK_THROWS_WITH(fail_from(2), "part 2");
  CHECK_NOTHROW(fail_from(3));
  xtape::set_num_threads(before);
}

TEST_CASE("helpers take no signals but those of their own faults") {
  const int before = xtape::get_num_threads();
  xtape::set_num_threads(2);
  const auto self = std::this_thread::get_id();
  bool helped = false, interrupts = true, faults = false;
  // Where others want the cores too, the second thread may stay away for a while.
  for (int attempt = 0; attempt < 60 && !helped; ++attempt) {
    std::atomic<bool> helper_came{false};
    xtape::core::for_parts(xtape::core::PoolClaim(), 2, [&](int64_t) {
      if (std::this_thread::get_id() != self) {
        sigset_t blocked;
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        interrupts =
            !sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGALRM);
        faults = !sigismember(&blocked, SIGSEGV) && !sigismember(&blocked, SIGBUS) && !sigismember(&blocked, SIGFPE);
        helper_came = helped = true;
      } else {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        while (!helper_came && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
      }
    });
  }
  REQUIRE(helped);
  CHECK_FALSE(interrupts);
  CHECK(faults);
  xtape::set_num_threads(before);
}

TEST_CASE("within a claim libraries start no team, and the caller's OpenMP setting is as it was afterwards") {
  const int before = omp_get_max_threads();
  omp_set_num_threads(5);
  {
    const xtape::core::PoolClaim claim;
    CHECK(omp_get_max_threads() == 1);
  }
  CHECK(omp_get_max_threads() == 5);
  omp_set_num_threads(before);
}
