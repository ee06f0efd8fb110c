#include <vector>
#include <xtape/error.hpp>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "core/parallel.hpp"

TEST_CASE("a thread count below 1 is refused and changes nothing") {
  const int before = xtape::get_num_threads();
  CHECK_THROWS_WITH(xtape::set_num_threads(0), "set_num_threads: count must be at least 1, got 0");
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
