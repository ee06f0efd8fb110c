#include "core/parallel.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
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

TEST_CASE("a thread that is done takes what others have left") {
  const int before = get_num_threads();
  set_num_threads(2);
  constexpr int64_t parts = 8;
  std::atomic<int64_t> done{0};
  bool others_done = false;
  core::for_parts(core::PoolClaim(), parts, [&](int64_t part) {
    if (part == 0) {  // ends after all the others, half of which are of its own share
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (done < parts - 1 && std::chrono::steady_clock::now() < deadline) {
      }
      others_done = done == parts - 1;
    }
    ++done;
  });
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
