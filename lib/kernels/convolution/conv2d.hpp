#pragma once

#include <cstdint>

// Two-dimensional convolution, channels last, and its gradients, for float and double: the one entrance to oneDNN, the
// depthwise and the direct kernels and im2col. Which of them runs does not depend on which threads are free.
//
// On entry: the geometry is one that ops/convolution/conv2d_geometry.cpp has made, or some images of one; batch and
// channels may be 0, all other sizes are positive, and nothing that is computed of them overflows. Arrays are
// contiguous, in the layouts below, and what is written overlaps nothing else; it is written whole, whatever it held.
// Threads take ranges of outputs; sums over the pixels, in the kernel's gradient, are made per part and added in the
// order of the parts, whose number depends on the thread setting only. Workspaces belong to the call and are given back
// at its end.
namespace xtape::kernels {

// The sizes of a 2-D convolution: x [batch, height, width, in_channels], kernel
// [kernel_h, kernel_w, in_channels / groups, out_channels], out [batch, out_h, out_w, out_channels].
// Padding is explicit for each side and may differ between them.
struct Conv2dGeometry {
  int64_t batch, height, width, in_channels, out_channels;
  int64_t kernel_h, kernel_w;
  int64_t stride_h, stride_w;
  int64_t dilation_h, dilation_w;
  int64_t pad_top, pad_bottom, pad_left, pad_right;
  int64_t groups;
  int64_t out_h, out_w;

  friend bool operator==(const Conv2dGeometry&, const Conv2dGeometry&) = default;
};

// What a convolution reads and writes, for kernels that compute a part of it.
template <class T>
struct Conv2dArrays {
  const T *x, *kernel;
  const T* bias;  // null for none
  bool relu;      // is applied to the sum
  T* out;
};

// The number of elements of the kernel.
inline int64_t kernel_size(const Conv2dGeometry& g) {
  return g.kernel_h * g.kernel_w * (g.in_channels / g.groups) * g.out_channels;
}

// out = activation(conv(x, kernel) + bias), where bias [out_channels] may be null and the activation is
// relu or none. float32 runs on oneDNN where that is built in and has a fast kernel for the shape.
template <class T>
void conv2d(const Conv2dGeometry& geometry, const T* x, const T* kernel, const T* bias, bool relu, T* out);

// The gradient with respect to x, given that of out.
template <class T>
void conv2d_backward_data(const Conv2dGeometry& geometry, const T* grad, const T* kernel, T* grad_x);

// The gradient with respect to the kernel. (oneDNN can compute that of the bias along with it, but a pass of
// our own over grad, kernels/elementwise/bias_activation.hpp, takes less time.)
template <class T>
void conv2d_backward_weights(const Conv2dGeometry& geometry, const T* x, const T* grad, T* grad_kernel);

}  // namespace xtape::kernels
