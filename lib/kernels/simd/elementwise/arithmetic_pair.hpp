#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace xtape::kernels {

XTAPE_DECLARE_KERNEL(template <class First, class Second, bool swapped>
                     void arithmetic_pair(const float* a, const float* b, int64_t step_b, const float* c,
                                          int64_t step_c, float* y, int64_t n))

}  // namespace xtape::kernels
