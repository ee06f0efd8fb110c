#pragma once

#include <cstdint>
#include <string>
#include <xtape/detail/load_limits.hpp>
#include <xtape/error.hpp>

namespace xtape::saving {

// Weights that are not those of the file are told one by one where they take no more than this besides.
inline constexpr int64_t other_weights = int64_t{1} << 20;
// What layers are tried with to see what they return, and a self-test computes.
inline constexpr int64_t trials = int64_t{1} << 29;

// Makes what a configuration describes, which may name any lengths: nothing is allocated for weights that the file,
// whose arrays take `held` bytes, does not hold. @throws FormatError naming the file.
template <class Make>
auto within_limits_of(const std::string& file, int64_t held, const Make& make) {
  const detail::WeightLimit weights(2 * held + other_weights,
                                    "the file holds arrays of " + std::to_string(held) + " bytes");
  const detail::MemoryLimit memory(8 * held + trials);
  try {
    return make();
  } catch (const OutOfMemory& error) {
    if (!memory.refused()) throw;
    throw FormatError(file + ": the model takes more than the " + std::to_string(memory.bytes()) +
                          " bytes that there are for a file of this size: " + error.message(),
                      error.path());
  }
}

}  // namespace xtape::saving
