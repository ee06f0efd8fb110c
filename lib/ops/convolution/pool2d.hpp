#pragma once

#include <xtape/tensor.hpp>

#include "autograd/attributes.hpp"
#include "kernels/convolution/pool2d.hpp"

// Pooling over images, of the one floating type that the arguments have; they fit the geometry.
namespace xtape::ops {

// Puts it in by the names of Pool2dOptions.
void add(autograd::Attributes& to, const kernels::Pool2dGeometry& geometry);

// The largest cell of each window, and the mean of the real ones. Differentiable, as all of them.
Tensor max_pool2d(const Tensor& x, const kernels::Pool2dGeometry& geometry);
Tensor avg_pool2d(const Tensor& x, const kernels::Pool2dGeometry& geometry);

// The cells of x that the indices name.
Tensor max_pool2d_pick(const Tensor& x, const Tensor& indices, const kernels::Pool2dGeometry& geometry);
// What the gradient g of a max pooling gives its argument: the cells that the indices name.
Tensor max_pool2d_backward(const Tensor& g, const Tensor& indices, const kernels::Pool2dGeometry& geometry);

}  // namespace xtape::ops
