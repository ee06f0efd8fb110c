#include "core/random.hpp"

#include <array>
#include <cstdint>

#include "catch.hpp"

using xtape::core::philox;

TEST_CASE("philox gives the known answers of Random123", "[random]") {
  const uint64_t ones = ~uint64_t{0};
  CHECK(philox(0, 0, 0) == std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox(ones, ones, ones) == std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox(0x85a308d3243f6a88, 0x0370734413198a2e, 0x299f31d0a4093822) ==
        std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the global stream starts at the seed and can be saved and continued", "[random]") {
  xtape::set_random_seed(7);
  CHECK(xtape::get_random_state().seed == 7);
  CHECK(xtape::get_random_state().offset == 0);
  CHECK(xtape::core::reserve_random(16).offset == 0);
  const xtape::RandomState saved = xtape::get_random_state();
  CHECK(saved.offset == 16);
  CHECK(xtape::core::reserve_random(32).offset == 16);
  xtape::set_random_state(saved);
  CHECK(xtape::core::reserve_random(32).offset == 16);
}
