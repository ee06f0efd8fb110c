#pragma once

#include <xtape/tensor.hpp>

#include <optional>
#include <vector>

#include "autograd/attributes.hpp"
#include "autograd/instruction.hpp"
#include "kernels/convolution/conv2d.hpp"
#include "ops/support/batch.hpp"

// The three products that a convolution and its derivatives of any order consist of. Each is linear in both
// arguments, and the gradients of each are the other two. Arguments fit the geometry, have one floating type
// and may have any strides.
namespace xtape::ops {

// Puts it in by the names of Conv2dOptions.
void add(autograd::Attributes& to, const kernels::Conv2dGeometry& geometry);

Shape input_shape(const kernels::Conv2dGeometry& geometry);
Shape kernel_shape(const kernels::Conv2dGeometry& geometry);
Shape output_shape(const kernels::Conv2dGeometry& geometry);

// conv2d of x, kernel and bias and then `next`, if that is an activation: one operation.
std::optional<autograd::Instruction> activated_conv2d(const kernels::Conv2dGeometry& geometry,
                                                      const std::vector<Tensor>& inputs,
                                                      const autograd::Instruction& next);

// conv2d(x, kernel), without bias or activation.
Tensor convolve(const Tensor& x, const Tensor& kernel, const kernels::Conv2dGeometry& geometry);
// What conv2d's output gradient g gives x.
Tensor convolve_backward_data(const Tensor& g, const Tensor& kernel, const kernels::Conv2dGeometry& geometry);
// What conv2d's output gradient g gives the kernel.
Tensor convolve_backward_weights(const Tensor& x, const Tensor& g, const kernels::Conv2dGeometry& geometry);

// What batch rules need: the same convolution or pooling of the samples of all examples, and conv2d for all of them.
template <class Geometry>
Geometry of_all(Geometry geometry, const Examples& examples) {
  geometry.batch *= examples.count;
  return geometry;
}
Tensor convolve_all(const Examples& examples, const Mapped& x, const Mapped& kernel,
                    const kernels::Conv2dGeometry& geometry);

}  // namespace xtape::ops
