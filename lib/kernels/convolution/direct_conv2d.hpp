#pragma once

#include "kernels/convolution/conv2d.hpp"

namespace xtape::kernels {

// The most products that a sum in these convolutions may have.
inline constexpr int64_t max_direct_conv2d_terms = 640;

// Convolution without unrolling, which saves more the fewer cells a window has. Arguments as in conv2d.hpp, for
// geometries without empty arrays that suit it.
template <class T>
void direct_conv2d(const Conv2dGeometry& geometry, const T* x, const T* kernel, const T* bias, bool relu, T* out);
template <class T>
void direct_conv2d_backward_data(const Conv2dGeometry& geometry, const T* grad, const T* kernel, T* grad_x);
template <class T>
void direct_conv2d_backward_weights(const Conv2dGeometry& geometry, const T* x, const T* grad, T* grad_kernel);

// Of the output and of the gradient of the kernel: from 256 cells a window on, unrolling is no slower.
inline bool suits_direct_conv2d(const Conv2dGeometry& g) {
  return g.kernel_h * g.kernel_w * (g.in_channels / g.groups) < 256;
}

// Of the gradient of x. The matrix product of im2col is the better one where x has few channels, which do not fill
// vectors as the cells of a window do, and for 1x1 kernels, which need no unrolling.
inline bool suits_direct_conv2d_backward_data(const Conv2dGeometry& g) {
  return g.stride_h == 1 && g.stride_w == 1 && (g.groups > 1 || (g.in_channels >= 8 && g.kernel_h * g.kernel_w > 1)) &&
         g.kernel_h * g.kernel_w * (g.out_channels / g.groups) <= max_direct_conv2d_terms;
}

}  // namespace xtape::kernels
