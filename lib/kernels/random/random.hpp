#pragma once

#include <cstdint>
#include <xtape/random.hpp>

namespace xtape::kernels {

// Random numbers for float and double. The numbers depend on `state` alone, not on the thread count; uniform
// numbers and integers are the same on every instruction set, normal ones up to rounding.
// To draw from the global stream: state = core::reserve_random(random_blocks(n)).

// Blocks of the stream that n elements take, whatever their type and distribution.
constexpr uint64_t random_blocks(int64_t n) { return (static_cast<uint64_t>(n) + 31) / 32 * 16; }

// Uniform in [low, high), with low < high.
template <class T>
void random_uniform(const RandomState& state, int64_t n, T low, T high, T* out);

template <class T>
void random_normal(const RandomState& state, int64_t n, T mean, T deviation, T* out);

// Integers in [low, high), unbiased; low < high.
void random_integers(const RandomState& state, int64_t n, int64_t low, int64_t high, int64_t* out);

// The integers 0..n-1 in random order (Fisher and Yates).
void random_permutation(const RandomState& state, int64_t n, int64_t* out);

}  // namespace xtape::kernels
