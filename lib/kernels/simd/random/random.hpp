#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// Each fills the elements of the groups [begin, end) of a tensor of n elements; a group is 64 words of the
// stream that starts at `counter`: 64 elements of float, 32 of double (random.hpp).
// clang-format off
#define XTAPE_RANDOM_KERNELS(T)                                                                        \
  XTAPE_DECLARE_KERNEL(void random_uniform(uint64_t key, uint64_t counter, int64_t begin, int64_t end, \
                                           int64_t n, T low, T high, T* out))                          \
  XTAPE_DECLARE_KERNEL(void random_normal(uint64_t key, uint64_t counter, int64_t begin, int64_t end,  \
                                          int64_t n, T mean, T deviation, T* out))                     \
  XTAPE_DECLARE_KERNEL(void random_truncated_normal(uint64_t key, uint64_t counter, int64_t begin,     \
                                                    int64_t end, int64_t n, T mean, T deviation, T* out))
// clang-format on

namespace xtape::kernels {

XTAPE_RANDOM_KERNELS(float)
XTAPE_RANDOM_KERNELS(double)
#undef XTAPE_RANDOM_KERNELS

// Integers low + [0, range); range 0 stands for 2^64. 64 elements a group up to a range of 2^32, else 32.
XTAPE_DECLARE_KERNEL(void random_integers(uint64_t key, uint64_t counter, int64_t begin, int64_t end, int64_t n,
                                          int64_t low, uint64_t range, int64_t* out))

// The words themselves.
XTAPE_DECLARE_KERNEL(void random_words(uint64_t key, uint64_t counter, int64_t groups, uint32_t* out))

}  // namespace xtape::kernels
