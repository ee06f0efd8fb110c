#pragma once

#include "kernels/convolution/pool2d.hpp"
#include "kernels/simd/convolution/window_taps.hpp"

namespace xtape::kernels::XTAPE_ISA {

// The windows that contain the cell at `position` of the padded image.
inline Range windows_over(int64_t position, int64_t window, int64_t stride, int64_t count) {
  const int64_t first = position < window ? 0 : (position - window) / stride + 1;
  return {first, smaller(position / stride + 1, count)};
}

}  // namespace xtape::kernels::XTAPE_ISA
