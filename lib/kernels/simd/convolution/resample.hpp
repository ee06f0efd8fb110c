#pragma once

#include "kernels/convolution/resample.hpp"
#include "kernels/isa.hpp"

namespace xtape::kernels {

// The slices [begin, end) of y, of outer * to.
XTAPE_DECLARE_KERNEL(template <class T>
                     void resample_lines(const Resampling<T>& resampling, int64_t begin, int64_t end, const T* x, T* y))

}  // namespace xtape::kernels
