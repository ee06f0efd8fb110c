#pragma once

#include <cstdint>
#include <xtape/export.hpp>

namespace xtape {

/// Where the global random stream stands: the same state gives the same numbers, whatever the thread count.
struct RandomState {
  uint64_t seed = 0;    ///< key of the generator
  uint64_t offset = 0;  ///< how many blocks of the stream have been used
};

/// Starts the global random stream anew. Every random op, initializer, dropout layer and shuffle draws from it.
/// Without a call, the seed is taken from the operating system at first use.
/// The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; 2011).
XTAPE_API void set_random_seed(uint64_t seed);

/// The state of the global stream, to be saved and set again later.
XTAPE_API RandomState get_random_state();

/// Continues the global stream from `state`.
XTAPE_API void set_random_state(const RandomState& state);

}  // namespace xtape
