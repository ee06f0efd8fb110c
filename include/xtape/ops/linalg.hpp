#pragma once

#include <string>

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

}  // namespace xtape
