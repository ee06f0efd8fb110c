#pragma once

#include <cstdint>

// Two-dimensional pooling, channels last, and its gradients, for float and double.
//
// On entry: the geometry is one that ops/convolution/pool2d.cpp has made, or some images of one; batch and channels
// may be 0, all other sizes are positive, and a window has at most 2^24 cells, so that a float holds the number of
// each. Arrays are contiguous, and what is written overlaps nothing else. Indices are those that max_pool2d left for
// the same geometry: they name cells inside the image, and are not checked again. Threads take ranges of rows, of the
// output or, for gradients, of x, which gather from the windows over them: each element is written by one thread, in a
// fixed order of sums, and no workspace is needed.
namespace xtape::kernels {

// The sizes of a 2-D pooling: x [batch, height, width, channels], out [batch, out_h, out_w, channels]. Padding
// cells count for nothing; it is smaller than the window, so that every window holds a cell of the image.
struct Pool2dGeometry {
  int64_t batch, height, width, channels;
  int64_t window_h, window_w;
  int64_t stride_h, stride_w;
  int64_t pad_top, pad_left;
  int64_t out_h, out_w;
};

// The largest cell of each window, NaN if there is one. Where indices [like out] is not null, it gets the offset
// h * window_w + w of that cell inside its window, of equal cells the first. Index is uint8_t for windows of up
// to 256 cells, else int32_t.
template <class T, class Index>
void max_pool2d(const Pool2dGeometry& geometry, const T* x, T* out, Index* indices);

// The gradient with respect to x: each output's gradient goes to the cell that its index names.
template <class T, class Index>
void max_pool2d_backward(const Pool2dGeometry& geometry, const T* grad, const Index* indices, T* grad_x);

// out = the cells of x that the indices name; the derivative of max_pool2d_backward.
template <class T, class Index>
void max_pool2d_pick(const Pool2dGeometry& geometry, const T* x, const Index* indices, T* out);

// The mean over the real cells of each window, and its gradient with respect to x.
template <class T>
void avg_pool2d(const Pool2dGeometry& geometry, const T* x, T* out);
template <class T>
void avg_pool2d_backward(const Pool2dGeometry& geometry, const T* grad, T* grad_x);

}  // namespace xtape::kernels
