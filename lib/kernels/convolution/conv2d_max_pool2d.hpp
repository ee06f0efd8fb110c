#pragma once

#include <cstdint>

#include "kernels/elementwise/bias_activation.hpp"
#include "kernels/convolution/conv2d.hpp"
#include "kernels/convolution/pool2d.hpp"

// A convolution followed by max pooling, a few images at a time, so that what lies between them stays in the second
// level cache and is never kept. All activations grow with their argument: bias and activation can wait until after the
// pooling, which leaves them less to do. `pool` is the geometry of a pooling over conv's output.
namespace xtape::kernels {

// out = max_pool2d(activation(conv(x, kernel) + bias)); bias [out_channels] or null. `indices` as in max_pool2d, or
// null.
template <class T>
void conv2d_max_pool2d(const Conv2dGeometry& conv, const Pool2dGeometry& pool, const T* x, const T* kernel,
                       const T* bias, Activation activation, T* out, uint8_t* indices);

// The gradients with respect to x and the kernel, given that of max_pool2d(conv(x, kernel)) and its indices; either may
// be null.
template <class T>
void conv2d_max_pool2d_backward(const Conv2dGeometry& conv, const Pool2dGeometry& pool, const T* x, const T* kernel,
                                const T* grad, const uint8_t* indices, T* grad_x, T* grad_kernel);

}  // namespace xtape::kernels
