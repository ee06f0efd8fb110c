#pragma once

#include <utility>
#include <xtape/tensor.hpp>

namespace xtape::detail {

/// `y_true` and `y_pred` of one rank: if the ranks differ by one and the longer shape ends with 1, that axis
/// is dropped (added, to targets [batch] of predictions [batch, 1]), as Keras does.
XTAPE_API std::pair<Tensor, Tensor> to_same_rank(const Tensor& y_true, const Tensor& y_pred);

/// Weights in a shape that multiplies `values`: converted to its type, a trailing 1 dropped, axes of length 1
/// added at the end. @throws ShapeError naming `operation` if they do not fit.
XTAPE_API Tensor weights_for(const Tensor& values, const Tensor& weights, const char* operation);

}  // namespace xtape::detail
