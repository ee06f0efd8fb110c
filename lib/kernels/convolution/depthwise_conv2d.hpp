#pragma once

#include "kernels/convolution/conv2d.hpp"

namespace xtape::kernels {

// Whether each group has one input and one output channel.
inline bool is_depthwise(const Conv2dGeometry& geometry) {
  return geometry.groups == geometry.in_channels && geometry.out_channels == geometry.in_channels;
}

// Depthwise convolution, which is bound by memory rather than by arithmetic: a direct pass, vectors along the
// channels. Arguments as in conv2d.hpp.
template <class T>
void depthwise_conv2d(const Conv2dGeometry& geometry, const T* x, const T* kernel, const T* bias, bool relu, T* out);
template <class T>
void depthwise_conv2d_backward_data(const Conv2dGeometry& geometry, const T* grad, const T* kernel, T* grad_x);
template <class T>
void depthwise_conv2d_backward_weights(const Conv2dGeometry& geometry, const T* x, const T* grad, T* grad_kernel);

}  // namespace xtape::kernels
