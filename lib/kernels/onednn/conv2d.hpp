#pragma once

#include "kernels/convolution/conv2d.hpp"

// Convolution on oneDNN (onednn/conv2d.cpp, or onednn/absent.cpp in a build without it).
//
// On entry: as in kernels/convolution/conv2d.hpp, but that no array is empty. The work is cut into pieces by the
// geometry and the thread setting (conv2d_pieces.hpp): the result depends on that, not on which threads are free. The
// compiled primitives that were used last are shared by all threads; memory objects and streams belong to one thread
// each.
namespace xtape::kernels {

// Each function returns false, having done nothing, where oneDNN is absent or has no fast kernel for the shape.
bool onednn_conv2d(const Conv2dGeometry& geometry, const float* x, const float* kernel, const float* bias, bool relu,
                   float* out);
bool onednn_conv2d_backward_data(const Conv2dGeometry& geometry, const float* grad, const float* kernel, float* grad_x);
bool onednn_conv2d_backward_weights(const Conv2dGeometry& geometry, const float* x, const float* grad,
                                    float* grad_kernel);

}  // namespace xtape::kernels
