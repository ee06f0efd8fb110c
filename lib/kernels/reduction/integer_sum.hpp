#pragma once

#include <cstdint>

#include "kernels/support/axis.hpp"

namespace xtape::kernels {

// y [outer, inner] = the sums over the axis of x, for int64_t, int32_t, uint8_t and bool. Exact, but that sums beyond
// int64 wrap around.
template <class T>
void integer_sum(const T* x, int64_t* y, const AxisView& view);

}  // namespace xtape::kernels
