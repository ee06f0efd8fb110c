#pragma once

#include <cstdint>

#include "kernels/convolution/conv2d.hpp"
#include "kernels/convolution/pool2d.hpp"

// The gradients of a convolution followed by max pooling, from the pooled gradients themselves: pooling by 2x2 leaves
// three in four of the convolution's outputs without one, and relu and dropout more. Zeros are skipped, also where they
// would meet an infinity.
namespace xtape::kernels {

// Whether pooling is coarse enough for this to be less work than the gradients of a whole convolution.
bool suits_sparse_conv2d_backward(const Conv2dGeometry& conv, const Pool2dGeometry& pool);

// As conv2d_max_pool2d_backward.
template <class T>
void sparse_conv2d_backward(const Conv2dGeometry& conv, const Pool2dGeometry& pool, const T* x, const T* kernel,
                            const T* grad, const uint8_t* indices, T* grad_x, T* grad_kernel);

}  // namespace xtape::kernels
