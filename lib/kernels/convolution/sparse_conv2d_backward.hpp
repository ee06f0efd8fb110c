#pragma once

#include "kernels/convolution/conv2d_max_pool2d.hpp"

// The gradients of a convolution followed by max pooling, from the pooled gradients themselves: pooling by 2x2 leaves
// three in four of the convolution's outputs without one, and relu and dropout more. Zeros are skipped, also where they
// would meet an infinity.
namespace xtape::kernels {

// Whether the sparse gradients exist for this geometry, and are less work than those of the whole convolution.
bool suits_sparse_conv2d_backward(const Conv2dGeometry& conv, const Pool2dGeometry& pool);

// As conv2d_max_pool2d_backward, for geometries that suit: one group, and taps of a row side by side.
//
// Each part of the images has workspaces for one of them: its gradients gathered by channel and, where there is
// padding, a frame around it. The kernel lies as spans [out_channels, kernel_h, span], in a workspace that all parts
// share and only read; its gradient is summed like that per part, the parts in order, and copied back at the end.
template <class T>
void sparse_conv2d_backward(const Conv2dMaxPool2dBackward<T>& step);

}  // namespace xtape::kernels
