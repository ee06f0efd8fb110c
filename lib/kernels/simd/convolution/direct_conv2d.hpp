#pragma once

#include "kernels/convolution/conv2d.hpp"
#include "kernels/isa.hpp"

namespace xtape::kernels {

// The kernels of direct_conv2d.hpp on the output rows [begin, end) of batch * out_h. The kernel's gradient over these
// rows is added to grad_kernel.
XTAPE_DECLARE_KERNEL(template <class T> void direct_conv2d_rows(const Conv2dGeometry& geometry, int64_t begin,
                                                                int64_t end, const Conv2dArrays<T>& arrays))
XTAPE_DECLARE_KERNEL(template <class T> void direct_conv2d_backward_weights_rows(const Conv2dGeometry& geometry,
                                                                                 int64_t begin, int64_t end, const T* x,
                                                                                 const T* grad, T* grad_kernel))

}  // namespace xtape::kernels
