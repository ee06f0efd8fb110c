#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// Random numbers by groups: 64 words of a stream, which make 64 elements of float or 32 of double.
namespace xtape::kernels {

// The groups [begin, end) of an array of n elements, whose first group starts at `counter` of the stream of `key`.
struct RandomGroups {
  uint64_t key, counter;
  int64_t begin, end, n;
};

XTAPE_DECLARE_KERNEL(template <class T> void random_uniform(const RandomGroups& groups, T low, T high, T* out))
XTAPE_DECLARE_KERNEL(template <class T> void random_normal(const RandomGroups& groups, T mean, T deviation, T* out))

// Integers low + [0, range); range 0 stands for 2^64. 64 elements a group up to a range of 2^32, else 32.
XTAPE_DECLARE_KERNEL(void random_integers(const RandomGroups& groups, int64_t low, uint64_t range, int64_t* out))

// The words themselves.
XTAPE_DECLARE_KERNEL(void random_words(uint64_t key, uint64_t counter, int64_t groups, uint32_t* out))

}  // namespace xtape::kernels
