#pragma once

#include <xtape/ops/pool.hpp>

#include "autograd/attributes.hpp"
#include "kernels/convolution/pool2d.hpp"

namespace xtape::ops {

// How windows lie on x of that shape. @throws ShapeError unless x has four dimensions and a window fits into it,
// ValueError for options out of range.
kernels::Pool2dGeometry pool2d_geometry(const char* operation, const Shape& x, const Pool2dOptions& options);

// Puts it in by the names of Pool2dOptions.
void add(autograd::Attributes& to, const kernels::Pool2dGeometry& geometry);

// The cells of x that the indices name. Differentiable.
Tensor max_pool2d_pick(const Tensor& x, const Tensor& indices, const kernels::Pool2dGeometry& geometry);
// What the gradient g of a max pooling gives its argument: the cells that the indices name. Differentiable.
Tensor max_pool2d_backward(const Tensor& g, const Tensor& indices, const kernels::Pool2dGeometry& geometry);

}  // namespace xtape::ops
