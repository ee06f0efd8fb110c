#include "kernels/onednn/lru_cache.hpp"

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "catch.hpp"

using xtape::kernels::LruCache;

namespace {

// Longer than any thread takes to start; where a test waits that long, it fails.
constexpr std::chrono::seconds patience(10);

}  // namespace

TEST_CASE("the least recently used value goes first") {
  LruCache<int, int> cache(2);
  std::vector<int> made;
  const auto get = [&](int key) {
    return *cache.get(key, [&] {
      made.push_back(key);
      return 10 * key;
    });
  };
  for (const int key : {1, 2, 1, 3, 1, 2}) CHECK(get(key) == 10 * key);
  // 3 pushed out 2, which had not been used since 1 was; 2 then pushed out 3.
  CHECK(made == std::vector<int>{1, 2, 3, 2});
  get(3);
  CHECK(made == std::vector<int>{1, 2, 3, 2, 3});
}

TEST_CASE("a value in use outlives its eviction, and one that is not does not") {
  LruCache<int, std::shared_ptr<int>> cache(1);
  const auto counted = std::make_shared<int>(7);
  const auto in_use = cache.get(1, [&] { return counted; });
  cache.get(2, [&] { return counted; });
  cache.get(3, [] { return nullptr; });
  CHECK(counted.use_count() == 2);
  CHECK(*in_use == counted);
}

TEST_CASE("a value that cannot be made leaves the cache as it was") {
  LruCache<int, int> cache(1);
  cache.get(1, [] { return 10; });
  CHECK_THROWS_AS(cache.get(2, []() -> int { throw 5; }), int);
  CHECK(*cache.get(1, [] { return 11; }) == 10);
}

TEST_CASE("another value can be had while one is made") {
  LruCache<int, int> cache(2);
  cache.get(2, [] { return 20; });
  std::promise<void> making, other_had;
  std::future_status other = std::future_status::deferred;
  std::thread maker([&] {
    cache.get(1, [&] {
      making.set_value();
      other = other_had.get_future().wait_for(patience);
      return 10;
    });
  });
  making.get_future().wait();
  CHECK(*cache.get(2, [] { return 0; }) == 20);
  other_had.set_value();
  maker.join();
  CHECK(other == std::future_status::ready);
}

TEST_CASE("of two values made for one key, one is kept") {
  LruCache<int, int> cache(2);
  std::promise<void> first_making, second_done;
  std::shared_ptr<const int> first, second;
  std::thread slower([&] {
    first = cache.get(1, [&] {
      first_making.set_value();
      second_done.get_future().wait_for(patience);
      return 10;
    });
  });
  first_making.get_future().wait();
  second = cache.get(1, [] { return 11; });
  second_done.set_value();
  slower.join();
  CHECK(*second == 11);
  CHECK(first == second);
}

TEST_CASE("two threads use more keys than a cache holds") {
  LruCache<int, int> cache(3);
  std::array<int, 2> wrong{-1, -1};
  std::vector<std::thread> team;
  for (int& mine : wrong) {
    team.emplace_back([&] {
      int count = 0;
      for (int i = 0; i < 20000; ++i) {
        const int key = i * i % 7;
        count += *cache.get(key, [&] { return 10 * key; }) != 10 * key;
      }
      mine = count;
    });
  }
  for (std::thread& thread : team) thread.join();
  CHECK(wrong == std::array<int, 2>{0, 0});
}
