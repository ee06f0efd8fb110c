#pragma once

#include <xtape/ops/conv.hpp>

#include "kernels/convolution/conv2d.hpp"

// The checks of convolutions, before anything is allocated.
namespace xtape::ops {

// @throws ShapeError unless ranks and channels fit each other and the kernel fits into the image, ValueError for
// options out of range.
kernels::Conv2dGeometry conv2d_geometry(const char* operation, const Shape& x, const Shape& kernel,
                                        const Conv2dOptions& options);

}  // namespace xtape::ops
