#pragma once

#include <xtape/ops/conv.hpp>

#include "kernels/convolution/conv2d.hpp"

// The checks of convolutions, before anything is allocated.
namespace xtape::ops {

// @throws DTypeError unless all are float32 or all float64; bias may be undefined.
void check_conv2d_types(const char* operation, const Tensor& x, const Tensor& kernel, const Tensor& bias);

// @throws ShapeError unless ranks and channels fit each other and the kernel fits into the image, ValueError for
// options out of range.
kernels::Conv2dGeometry conv2d_geometry(const char* operation, const Shape& x, const Shape& kernel,
                                        const Conv2dOptions& options);

// @throws ShapeError unless bias is undefined or holds one value per output channel.
void check_conv2d_bias(const char* operation, const Tensor& bias, const kernels::Conv2dGeometry& geometry);

}  // namespace xtape::ops
