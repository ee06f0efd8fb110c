#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

// Groups of 64 elements of n: bit i of mask[g] belongs to element 64 * g + i (kernels/random/dropout.hpp).
namespace xtape::kernels {

// Keeps the elements whose random word is at least `dropped_below`; groups [begin, end).
XTAPE_DECLARE_KERNEL(template <class T> void dropout(uint64_t key, uint64_t counter, int64_t begin, int64_t end,
                                                     int64_t n, uint32_t dropped_below, T scale, const T* x, T* y,
                                                     uint64_t* mask))
XTAPE_DECLARE_KERNEL(template <class T> void apply_dropout_mask(int64_t begin, int64_t end, int64_t n, T scale,
                                                                const uint64_t* mask, const T* x, T* y))

}  // namespace xtape::kernels
