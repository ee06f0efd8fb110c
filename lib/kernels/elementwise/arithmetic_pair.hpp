#pragma once

#include <cstdint>

// Sums, differences and products: the first formula of a pair, the second one, and whether its operands are swapped.
#define XTAPE_ARITHMETIC_PAIRS(DO)                                          \
  DO(Add, Add, false) DO(Add, Mul, false) DO(Add, Sub, false) DO(Add, Sub, true) \
  DO(Sub, Add, false) DO(Sub, Mul, false) DO(Sub, Sub, false) DO(Sub, Sub, true) \
  DO(Mul, Add, false) DO(Mul, Mul, false) DO(Mul, Sub, false) DO(Mul, Sub, true)

namespace xtape::kernels {

// y = Second(First(a, b), c), or Second(c, First(a, b)) where swapped: the bits of both, one after the other. Arrays are
// contiguous; steps are 1, or 0 for one number that stays. y may be one of the others, but not overlap them otherwise.
// Large ones are split over threads.
template <class First, class Second, bool swapped>
void arithmetic_pair(const float* a, const float* b, int64_t step_b, const float* c, int64_t step_c, float* y,
                     int64_t n);

}  // namespace xtape::kernels
