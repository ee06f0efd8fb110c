#include "core/parallel.hpp"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("every part runs once") {
  const int before = get_num_threads();
  for (const int threads : {1, 2, 3, 8}) {
    set_num_threads(threads);
    for (const int64_t parts : {1, 2, 7, 8, 1000}) {
      INFO(threads << " threads, " << parts << " parts");
      std::vector<int> calls(static_cast<std::size_t>(parts));
      core::for_parts(core::PoolClaim(), parts, [&](int64_t part) { ++calls[static_cast<std::size_t>(part)]; });
      CHECK(calls == std::vector<int>(static_cast<std::size_t>(parts), 1));
      calls.assign(calls.size(), 0);
      core::parallel_for(parts, 3, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++calls[static_cast<std::size_t>(i)];
      });
      CHECK(calls == std::vector<int>(static_cast<std::size_t>(parts), 1));
    }
  }
  set_num_threads(before);
}

TEST_CASE("the split depends on the setting, not on the threads that are free") {
  const int before = get_num_threads();
  set_num_threads(3);
  const auto split = [] {
    std::mutex mutex;
    std::set<std::pair<int64_t, int64_t>> ranges;
    core::parallel_for(1000, 10, [&](int64_t begin, int64_t end) {
      const std::lock_guard lock(mutex);
      ranges.insert({begin, end});
    });
    return ranges;
  };
  const auto with_the_pool = split();
  CHECK(with_the_pool.size() > 3);
  {
    const core::PoolClaim claim;
    CHECK(split() == with_the_pool);
  }
  bool same_in_parts = true;
  core::for_parts(core::PoolClaim(), 4, [&](int64_t part) {
    const bool same = split() == with_the_pool;
    if (part == 0) same_in_parts = same;
  });
  CHECK(same_in_parts);
  set_num_threads(before);
}

TEST_CASE("a thread that is done takes what others have left") {
  const int before = get_num_threads();
  set_num_threads(2);
  constexpr int64_t parts = 8;
  bool others_done = false;
  // Where others want the cores too, the second thread may stay away for a while.
  for (int attempt = 0; attempt < 60 && !others_done; ++attempt) {
    std::atomic<int64_t> done{0};
    core::for_parts(core::PoolClaim(), parts, [&](int64_t part) {
      if (part == 0) {  // ends after all the others, half of which are of its own share
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        while (done < parts - 1 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        others_done = done == parts - 1;
      }
      ++done;
    });
  }
  CHECK(others_done);
  set_num_threads(before);
}

TEST_CASE("of what parts throw, the first part's comes out, and the others run") {
  const int before = get_num_threads();
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    std::atomic<int> calls{0};
    CHECK_THROWS_WITH(core::for_parts(core::PoolClaim(), 8,
                                      [&](int64_t part) {
                                        ++calls;
                                        if (part % 3 == 2) throw std::runtime_error("part " + std::to_string(part));
                                      }),
                      "part 2");
    CHECK(calls == 8);
  }
  set_num_threads(before);
}

TEST_CASE("a region inside a part runs on the part's thread") {
  const int before = get_num_threads();
  set_num_threads(3);
  std::atomic<int> strangers{0}, calls{0};
  core::for_parts(core::PoolClaim(), 12, [&](int64_t) {
    const auto self = std::this_thread::get_id();
    const core::PoolClaim inner;
    if (inner.threads() != 1) ++strangers;
    core::for_parts(inner, 5, [&](int64_t) {
      ++calls;
      if (std::this_thread::get_id() != self) ++strangers;
    });
  });
  CHECK(calls == 60);
  CHECK(strangers == 0);
  set_num_threads(before);
}

TEST_CASE("regions follow each other at any distance") {
  const int before = get_num_threads();
  set_num_threads(3);
  int64_t sum = 0;
  // Helpers are still leaving, waiting, falling asleep or asleep when the next region opens.
  for (int region = 0; region < 2000; ++region) {
    std::atomic<int64_t> parts{0};
    core::for_parts(core::PoolClaim(), 4, [&](int64_t part) { parts += part; });
    sum += parts;
    if (region % 100 == 0) std::this_thread::sleep_for(std::chrono::microseconds(450 + region / 10));
  }
  CHECK(sum == 2000 * 6);
  set_num_threads(before);
}

TEST_CASE("the number of threads may change while others run") {
  const int before = get_num_threads();
  std::atomic<bool> stop{false};
  std::atomic<int64_t> wrong{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] {
      while (!stop) {
        std::atomic<int64_t> sum{0};
        core::parallel_for(100, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
        if (sum != 100) ++wrong;
      }
    });
  }
  for (int change = 0; change < 500; ++change) {
    set_num_threads(1 + change % 7);
    std::this_thread::yield();
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  CHECK(wrong == 0);
  set_num_threads(before);
}

TEST_CASE("many threads on one core come to an end") {
  // All threads of the process, helpers too.
  const auto pin = [](const cpu_set_t& cpus) {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
      sched_setaffinity(std::stoi(task.path().filename()), sizeof cpus, &cpus);
  };
  cpu_set_t all, first;
  REQUIRE(sched_getaffinity(0, sizeof all, &all) == 0);
  CPU_ZERO(&first);
  for (int cpu = 0; CPU_COUNT(&first) == 0; ++cpu)
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &first);
  const int before = get_num_threads();
  set_num_threads(4);
  core::for_parts(core::PoolClaim(), 4, [](int64_t) {});
  pin(first);
  std::atomic<int64_t> parts{0};
  for (int region = 0; region < 500; ++region) core::for_parts(core::PoolClaim(), 8, [&](int64_t) { ++parts; });
  pin(all);
  CHECK(parts == 500 * 8);
  set_num_threads(before);
}
