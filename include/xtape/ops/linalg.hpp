#pragma once

#include <string>
#include <vector>

#include <xtape/tensor.hpp>

namespace xtape {

/// The matrix product as `numpy.matmul`: vectors, matrices, and stacks of matrices whose leading axes broadcast.
/// float32 and float64; others are converted to the type of the pair (see promote_types), or to float64 where that is
/// not floating. @throws ShapeError naming both shapes if an operand has no dimensions, inner lengths differ or leading
/// axes do not broadcast: `matmul: inner dimensions differ: a [2, 3], b [4, 5]`.
XTAPE_API Tensor matmul(const Tensor& a, const Tensor& b);

/// activation(x @ kernel + bias) in one pass over the product; x [..., in], kernel [in, out], bias [out] or undefined
/// -> [..., out]; what keras.layers.Dense computes. `activation`: "linear", "relu", "sigmoid" or "tanh".
/// The result of a fused sigmoid does not know its logits, as sigmoid(x) does: binary_crossentropy takes it as it is,
/// cut off at 1e-7. @throws ShapeError naming the shapes that do not fit; DTypeError unless all are float32 or all
/// float64; ValueError for another activation.
XTAPE_API Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                       const std::string& activation = "linear");

/// Einstein's sums, as `numpy.einsum`: `einsum("bij,bjk->bik", {a, b})` multiplies the operands where axes have the
/// same letter, and sums along those that the result has not. "..." stands for leading axes, which broadcast; a letter
/// that an operand has twice takes its diagonal; without "->" the result has the axes of the ellipsis and the letters
/// that occur once, in alphabetical order. Axes of length 1 broadcast. Operands are contracted from the first to the
/// last, each pair as one product of (stacks of) matrices, without a copy where their axes lie as it needs them. Types
/// are promoted to one, integers become floating.
/// @throws ValueError for an equation that is none, or has another number of operands; ShapeError naming the shape that
/// subscripts do not fit, or both lengths of an axis.
XTAPE_API Tensor einsum(const std::string& equation, const std::vector<Tensor>& operands);

/// The sum of the products of a and b along pairs of axes, as `numpy.tensordot`: the result has the other axes of a,
/// then those of b. `tensordot(a, b, {1, 2}, {0, 1})`. Types as einsum's. @throws IndexError for an axis out of range;
/// ValueError for one given twice, or unless there are as many of a as of b; ShapeError where lengths differ.
XTAPE_API Tensor tensordot(const Tensor& a, const Tensor& b, const Axes& axes_a, const Axes& axes_b);
/// The same along the last `axes` axes of a and the first ones of b. @throws ValueError where there are not so many.
XTAPE_API Tensor tensordot(const Tensor& a, const Tensor& b, Count axes = 2);

/// The same along one axis of each, for each example of a batch, which is the first axis of both; a result of one
/// number an example is [batch, 1]. What keras.layers.Dot computes. Types as einsum's. @throws IndexError for an axis
/// out of range; ValueError for axis 0; ShapeError for fewer than two dimensions, or where lengths differ.
XTAPE_API Tensor batch_dot(const Tensor& a, const Tensor& b, Axis axis_a, Axis axis_b);

}  // namespace xtape
