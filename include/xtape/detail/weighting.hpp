#pragma once

#include <utility>
#include <xtape/tensor.hpp>

namespace xtape::detail {

/// Two tensors in one rank: if the ranks differ by one and the longer shape ends with 1, that axis is dropped, or added
/// to the other one if that is [batch] (Keras's squeeze_or_expand_to_same_rank).
XTAPE_API std::pair<Tensor, Tensor> to_same_rank(const Tensor& a, const Tensor& b);
/// The shape that targets of shape `y_true` take beside predictions of shape `y_pred`, and that of these.
XTAPE_API std::pair<Shape, Shape> to_same_rank(const Shape& y_true, const Shape& y_pred);

/// `values` and `weights` in shapes that multiply, the weights converted to the type of the values. They meet as in
/// to_same_rank; then axes of length 1 are added to the end of the weights. @throws ShapeError naming `operation` if
/// they do not fit.
XTAPE_API std::pair<Tensor, Tensor> with_weights(const Tensor& values, const Tensor& weights, const char* operation);

}  // namespace xtape::detail
