#pragma once

#include "kernels/convolution/conv2d.hpp"

// Three-dimensional convolution, channels last, and its gradients, for float and double: the planes that the taps along
// the depth read lie side by side as channels, and a two-dimensional convolution does the rest, of a few planes at a
// time. On entry: as in conv2d.hpp, of ops/convolution/conv_geometry.cpp.
namespace xtape::kernels {

// The sizes of a 3-D convolution: x [batch, depth, height, width, in_channels], kernel
// [kernel_d, kernel_h, kernel_w, in_channels / groups, out_channels], out [batch, out_d, out_h, out_w, out_channels].
struct Conv3dGeometry {
  // What happens within planes; its batch is that of the volumes.
  Conv2dGeometry plane;
  int64_t depth, kernel_d, stride_d, dilation_d;
  int64_t pad_front, pad_back;
  int64_t out_d;

  friend bool operator==(const Conv3dGeometry&, const Conv3dGeometry&) = default;
};

// out = activation(conv(x, kernel) + bias), where bias [out_channels] may be null and the activation is relu or none.
template <class T>
void conv3d(const Conv3dGeometry& geometry, const T* x, const T* kernel, const T* bias, bool relu, T* out);

// The gradient with respect to x, given that of out.
template <class T>
void conv3d_backward_data(const Conv3dGeometry& geometry, const T* grad, const T* kernel, T* grad_x);

// The gradient with respect to the kernel.
template <class T>
void conv3d_backward_weights(const Conv3dGeometry& geometry, const T* x, const T* grad, T* grad_kernel);

}  // namespace xtape::kernels
