#pragma once

#include "kernels/convolution/conv2d.hpp"

namespace xtape::kernels {

// Convolution on oneDNN (onednn/conv2d.cpp, or onednn/absent.cpp in a build without it), by the threads of the setting:
// the result depends on that, not on which of them are free. Each function
// returns false, having done nothing, where oneDNN is absent or has no fast kernel for the shape.
bool onednn_conv2d(const Conv2dGeometry& geometry, const float* x, const float* kernel, const float* bias, bool relu,
                   float* out);
bool onednn_conv2d_backward_data(const Conv2dGeometry& geometry, const float* grad, const float* kernel, float* grad_x);
bool onednn_conv2d_backward_weights(const Conv2dGeometry& geometry, const float* x, const float* grad,
                                    float* grad_kernel);

}  // namespace xtape::kernels
