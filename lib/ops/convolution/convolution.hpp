#pragma once

#include <xtape/tensor.hpp>

#include <optional>
#include <vector>

#include "autograd/attributes.hpp"
#include "autograd/instruction.hpp"
#include "kernels/convolution/conv3d.hpp"
#include "kernels/elementwise/activation.hpp"
#include "ops/support/batch.hpp"

// The three products that a convolution and its derivatives of any order consist of. Each is linear in both
// arguments, and the gradients of each are the other two. Arguments fit the geometry, which is Conv2dGeometry or
// Conv3dGeometry, have one floating type and may have any strides.
namespace xtape::ops {

// Puts it in by the names of Conv2dOptions.
void add(autograd::Attributes& to, const kernels::Conv2dGeometry& geometry);
void add(autograd::Attributes& to, const kernels::Conv3dGeometry& geometry);

Shape input_shape(const kernels::Conv2dGeometry& geometry);
Shape input_shape(const kernels::Conv3dGeometry& geometry);
Shape kernel_shape(const kernels::Conv2dGeometry& geometry);
Shape kernel_shape(const kernels::Conv3dGeometry& geometry);
Shape output_shape(const kernels::Conv2dGeometry& geometry);
Shape output_shape(const kernels::Conv3dGeometry& geometry);

// Batch, channels and groups.
inline kernels::Conv2dGeometry& plane_of(kernels::Conv2dGeometry& geometry) { return geometry; }
inline kernels::Conv2dGeometry& plane_of(kernels::Conv3dGeometry& geometry) { return geometry.plane; }
inline const kernels::Conv2dGeometry& plane_of(const kernels::Conv2dGeometry& geometry) { return geometry; }
inline const kernels::Conv2dGeometry& plane_of(const kernels::Conv3dGeometry& geometry) { return geometry.plane; }

// Names and kernels of convolutions with that geometry.
template <class Geometry>
struct ConvOf;
#define XTAPE_CONV_OF(rank, Geometry)                                                      \
  template <>                                                                              \
  struct ConvOf<kernels::Geometry> {                                                       \
    static constexpr const char* forward_name = "conv" #rank;                              \
    static constexpr const char* backward_data_name = "conv" #rank "_backward_data";       \
    static constexpr const char* backward_weights_name = "conv" #rank "_backward_weights"; \
    static constexpr const char* transpose_name = "conv_transpose" #rank;                  \
    template <class T>                                                                     \
    static constexpr auto forward = kernels::conv##rank<T>;                                \
    template <class T>                                                                     \
    static constexpr auto backward_data = kernels::conv##rank##_backward_data<T>;          \
    template <class T>                                                                     \
    static constexpr auto backward_weights = kernels::conv##rank##_backward_weights<T>;    \
  };
XTAPE_CONV_OF(2d, Conv2dGeometry)
XTAPE_CONV_OF(3d, Conv3dGeometry)
#undef XTAPE_CONV_OF

// conv(x, kernel) of x, kernel and bias and then `next`, if that is an activation: one operation.
template <class Geometry>
std::optional<autograd::Instruction> activated_conv(const Geometry& geometry, const std::vector<Tensor>& inputs,
                                                    const autograd::Instruction& next);

// conv(x, kernel), without bias or activation.
template <class Geometry>
Tensor convolve(const Tensor& x, const Tensor& kernel, const Geometry& geometry);
// activation(conv(x, kernel) + bias); the bias may be undefined.
template <class Geometry>
Tensor convolve(const Tensor& x, const Tensor& kernel, const Tensor& bias, kernels::Activation activation,
                const Geometry& geometry);
// What the output gradient g gives x.
template <class Geometry>
Tensor convolve_backward_data(const Tensor& g, const Tensor& kernel, const Geometry& geometry);
// What the output gradient g gives the kernel.
template <class Geometry>
Tensor convolve_backward_weights(const Tensor& x, const Tensor& g, const Geometry& geometry);

// What batch rules need: the same convolution or pooling of the samples of all examples, and the products for all of
// them.
template <class Geometry>
Geometry of_all(Geometry geometry, const Examples& examples) {
  geometry.batch *= examples.count;
  return geometry;
}
inline kernels::Conv3dGeometry of_all(kernels::Conv3dGeometry geometry, const Examples& examples) {
  geometry.plane.batch *= examples.count;
  return geometry;
}
template <class Geometry>
Tensor convolve_all(const Examples& examples, const Mapped& x, const Mapped& kernel, const Geometry& geometry);
template <class Geometry>
Tensor convolve_all_backward_data(const Examples& examples, const Mapped& g, const Mapped& kernel,
                                  const Geometry& geometry);

}  // namespace xtape::ops
