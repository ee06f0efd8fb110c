#pragma once

#include "kernels/simd/random/random.hpp"

// Groups of 64 elements: bit i of mask[g] belongs to element 64 * g + i (kernels/random/dropout.hpp).
namespace xtape::kernels {

// Keeps the elements whose random word is at least `dropped_below`.
XTAPE_DECLARE_KERNEL(template <class T> void dropout(const RandomGroups& groups, uint32_t dropped_below, T scale,
                                                     const T* x, T* y, uint64_t* mask))
// The first n elements of a mask.
XTAPE_DECLARE_KERNEL(template <class T>
                     void apply_dropout_mask(int64_t n, T scale, const uint64_t* mask, const T* x, T* y))

}  // namespace xtape::kernels
