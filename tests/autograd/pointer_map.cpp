#include "autograd/pointer_map.hpp"

#include <random>
#include <unordered_map>
#include <vector>

#include "catch.hpp"

using xtape::autograd::PointerMap;

TEST_CASE("PointerMap finds what was inserted and not erased, as a std map does") {
  struct alignas(64) Object {};
  std::vector<Object> objects(300);
  std::mt19937 engine(5);
  PointerMap<int> map;
  std::unordered_map<const void*, int> reference;
  CHECK(map.find(&objects[0]) == nullptr);
  map.erase(&objects[0]);
  for (int step = 0; step < 20'000; ++step) {
    // It grows and shrinks by turns, so that gaps close in long and in short runs of entries.
    const bool growing = step / 1000 % 2 == 0;
    const void* key = &objects[engine() % objects.size()];
    if (engine() % 3 == (growing ? 0U : 1U) || (!growing && engine() % 2)) {
      map.erase(key);
      reference.erase(key);
    } else {
      const auto [value, is_new] = map.insert(key);
      REQUIRE(is_new == reference.try_emplace(key, 0).second);
      if (is_new) REQUIRE(value == 0);
      value = reference[key] = step;
    }
    const void* asked = &objects[engine() % objects.size()];
    const int* found = map.find(asked);
    const auto expected = reference.find(asked);
    REQUIRE((found != nullptr) == (expected != reference.end()));
    if (found) REQUIRE(*found == expected->second);
  }
  for (const Object& object : objects) {
    const int* found = map.find(&object);
    REQUIRE((found != nullptr) == reference.contains(&object));
  }
}
