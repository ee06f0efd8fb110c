#pragma once

#include <xtape/random.hpp>

namespace xtape::utils {

/// Keras's place for xtape::set_random_seed.
using xtape::set_random_seed;

}  // namespace xtape::utils
