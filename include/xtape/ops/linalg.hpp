#pragma once

#include <string>

#include <xtape/tensor.hpp>

namespace xtape {

/// The matrix product as `numpy.matmul`: vectors, matrices, and stacks of matrices whose leading axes
/// broadcast. float32 and float64; other types are converted.
/// @throws ShapeError: `matmul: inner dimensions differ: a [2, 3], b [4, 5]`.
XTAPE_API Tensor matmul(const Tensor& a, const Tensor& b);

/// activation(x @ kernel + bias) in one pass over the product; x [..., in], kernel [in, out], bias [out] or
/// undefined. `activation`: "linear", "relu", "sigmoid" or "tanh". @throws ShapeError, ValueError.
XTAPE_API Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias,
                       const std::string& activation = "linear");

}  // namespace xtape
