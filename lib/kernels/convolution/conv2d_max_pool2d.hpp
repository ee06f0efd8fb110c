#pragma once

#include <cstdint>

#include "kernels/convolution/conv2d.hpp"
#include "kernels/convolution/pool2d.hpp"
#include "kernels/elementwise/bias_activation.hpp"

// A convolution followed by max pooling, a few images at a time, so that what lies between them stays in the second
// level cache and is never kept.
//
// On entry: `pool` is a pooling over the output of `conv`, its windows have at most 256 cells, and nothing that is
// written overlaps anything else. Every activation is monotonic: bias and activation can wait until after the pooling,
// which leaves them less to do. Each part of the images has a workspace for a few outputs of the convolution; sums of
// the kernel's gradient are made per part and added in the order of the parts.
namespace xtape::kernels {

// out = max_pool2d(activation(conv(x, kernel) + bias)).
template <class T>
struct Conv2dMaxPool2d {
  Conv2dGeometry conv;
  Pool2dGeometry pool;
  const T *x, *kernel;
  const T* bias;  // [out_channels], or null
  Activation activation;
  T* out;
  uint8_t* indices;  // as in max_pool2d, or null
};

template <class T>
void conv2d_max_pool2d(const Conv2dMaxPool2d<T>& step);

// The gradients of x and the kernel, given that of max_pool2d(conv(x, kernel)).
template <class T>
struct Conv2dMaxPool2dBackward {
  Conv2dGeometry conv;
  Pool2dGeometry pool;
  const T* x;       // null where grad_kernel is
  const T* kernel;  // null where grad_x is
  const T* grad;
  const uint8_t* indices;
  T *grad_x, *grad_kernel;  // null where not needed
};

template <class T>
void conv2d_max_pool2d_backward(const Conv2dMaxPool2dBackward<T>& step);

}  // namespace xtape::kernels
