#pragma once

#include "kernels/convolution/conv2d.hpp"

namespace xtape::kernels {

// Convolution as matrix products: blocks of output pixels are unrolled into rows of the cells that they
// read, [pixels, kernel_h * kernel_w * in_channels / groups], small enough to stay in the L2 cache.
// For what neither oneDNN nor the depthwise and direct kernels serve. Arguments as in conv2d.hpp.
template <class T>
void im2col_conv2d(const Conv2dGeometry& geometry, const T* x, const T* kernel, const T* bias, bool relu, T* out);
template <class T>
void im2col_conv2d_backward_data(const Conv2dGeometry& geometry, const T* grad, const T* kernel, T* grad_x);
template <class T>
void im2col_conv2d_backward_weights(const Conv2dGeometry& geometry, const T* x, const T* grad, T* grad_kernel);

}  // namespace xtape::kernels
