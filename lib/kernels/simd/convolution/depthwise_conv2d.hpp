#pragma once

#include "kernels/convolution/conv2d.hpp"
#include "kernels/isa.hpp"

namespace xtape::kernels {

// The kernels of depthwise_conv2d.hpp for one output channel per input channel: on the output rows [begin, end) of
// batch * out_h, or on the input rows of batch * height for the gradient of x, which is gathered. The kernel's
// gradient over the given output rows is added to grad_kernel.
XTAPE_DECLARE_KERNEL(template <class T> void depthwise_conv2d_rows(const Conv2dGeometry& geometry, int64_t begin,
                                                                   int64_t end, const Conv2dArrays<T>& arrays))
XTAPE_DECLARE_KERNEL(template <class T>
                     void depthwise_conv2d_backward_data_rows(const Conv2dGeometry& geometry, int64_t begin,
                                                              int64_t end, const T* grad, const T* kernel, T* grad_x))
XTAPE_DECLARE_KERNEL(template <class T> void depthwise_conv2d_backward_weights_rows(
    const Conv2dGeometry& geometry, int64_t begin, int64_t end, const T* x, const T* grad, T* grad_kernel))

}  // namespace xtape::kernels
