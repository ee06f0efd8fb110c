#pragma once

#include <array>
#include <cstdint>
#include <xtape/random.hpp>

namespace xtape::core {

// Philox4x32-10: four words from a 128-bit counter (low and high half) and a 64-bit key. Salmon et al. 2011.
std::array<uint32_t, 4> philox(uint64_t counter_low, uint64_t counter_high, uint64_t key);

// Takes `blocks` blocks of four words out of the global stream; returns where they start. Thread-safe.
RandomState reserve_random(uint64_t blocks);

}  // namespace xtape::core
