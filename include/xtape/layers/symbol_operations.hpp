#pragma once

#include <cstdint>
#include <vector>
#include <xtape/dtype.hpp>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>

namespace xtape {

class Scalar;
class Symbol;
class Tensor;

/// Operations on symbols, or on a symbol and a tensor or number, which the model holds as it is; see those of the same
/// names on tensors. They are found by their argument alone: `tanh(symbol)` works, and `tanh` where no symbol stands,
/// as in `vmap(tanh)`, is the function of tensors.
struct SymbolOperations {
  friend XTAPE_API Symbol add(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol add(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol add(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol add(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol add(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol subtract(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol subtract(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol subtract(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol subtract(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol subtract(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol multiply(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol multiply(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol multiply(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol multiply(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol multiply(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol divide(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol divide(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol divide(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol divide(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol divide(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol true_divide(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol true_divide(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol true_divide(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol true_divide(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol true_divide(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol pow(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol pow(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol pow(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol pow(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol pow(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol maximum(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol maximum(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol maximum(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol maximum(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol maximum(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol minimum(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol minimum(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol minimum(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol minimum(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol minimum(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol equal(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol equal(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol equal(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol equal(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol equal(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol not_equal(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol not_equal(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol not_equal(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol not_equal(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol not_equal(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol less(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol less(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol less(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol less(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol less(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol less_equal(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol less_equal(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol less_equal(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol less_equal(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol less_equal(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol greater(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol greater(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol greater(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol greater(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol greater(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol greater_equal(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol greater_equal(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol greater_equal(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol greater_equal(const Symbol& a, Scalar b);
  friend XTAPE_API Symbol greater_equal(Scalar a, const Symbol& b);
  friend XTAPE_API Symbol matmul(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol matmul(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol matmul(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol logical_and(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol logical_and(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol logical_and(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol logical_or(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol logical_or(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol logical_or(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol logical_not(const Symbol& x);
  friend XTAPE_API Symbol negative(const Symbol& x);
  friend XTAPE_API Symbol abs(const Symbol& x);
  friend XTAPE_API Symbol exp(const Symbol& x);
  friend XTAPE_API Symbol expm1(const Symbol& x);
  friend XTAPE_API Symbol log(const Symbol& x);
  friend XTAPE_API Symbol log1p(const Symbol& x);
  friend XTAPE_API Symbol sqrt(const Symbol& x);
  friend XTAPE_API Symbol square(const Symbol& x);
  friend XTAPE_API Symbol sin(const Symbol& x);
  friend XTAPE_API Symbol cos(const Symbol& x);
  friend XTAPE_API Symbol tanh(const Symbol& x);
  friend XTAPE_API Symbol relu(const Symbol& x);
  friend XTAPE_API Symbol sigmoid(const Symbol& x);
  friend XTAPE_API Symbol silu(const Symbol& x);
  friend XTAPE_API Symbol softplus(const Symbol& x);
  friend XTAPE_API Symbol zeros_like(const Symbol& x);
  friend XTAPE_API Symbol ones_like(const Symbol& x);
  friend XTAPE_API Symbol sum(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol sum(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol mean(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol mean(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol max(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol max(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol min(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol min(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol any(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol any(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol all(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol all(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol expand_dims(const Symbol& x, Axis axis);
  /// Without axes it takes away those that are known to be of length 1: whatever the data, not the batch.
  friend XTAPE_API Symbol squeeze(const Symbol& x, const Axes& axes);
  /// `newshape` is that of the whole batch, as `keras.ops.reshape`: of its lengths one may be -1, what is left. The
  /// layer Reshape leaves the batch as it is.
  friend XTAPE_API Symbol reshape(const Symbol& x, const Shape& newshape);
  /// a where the condition is true or not 0, else b, as `keras.ops.where`.
  friend XTAPE_API Symbol where(const Symbol& condition, const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol where(const Symbol& condition, const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol where(const Symbol& condition, const Symbol& a, Scalar b);
  friend XTAPE_API Symbol where(const Symbol& condition, const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol where(const Symbol& condition, Scalar a, const Symbol& b);
  friend XTAPE_API Symbol where(const Symbol& condition, Scalar a, Scalar b);
  /// x converted to that type, as `keras.ops.cast`.
  friend XTAPE_API Symbol cast(const Symbol& x, DType dtype);
  friend XTAPE_API Symbol softmax(const Symbol& x);
  friend XTAPE_API Symbol softmax(const Symbol& x, Axis axis);
  friend XTAPE_API Symbol log_softmax(const Symbol& x);
  friend XTAPE_API Symbol log_softmax(const Symbol& x, Axis axis);
  friend XTAPE_API Symbol gelu(const Symbol& x);
  friend XTAPE_API Symbol gelu(const Symbol& x, bool approximate);
  friend XTAPE_API Symbol clip(const Symbol& x, Scalar low, Scalar high);
  friend XTAPE_API Symbol var(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol var(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol prod(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol prod(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol argmax(const Symbol& x, Axis axis);
  friend XTAPE_API Symbol argmin(const Symbol& x, Axis axis);
  /// The axes in that order, the batch among them, as `keras.ops.transpose(x, axes)`.
  friend XTAPE_API Symbol permute(const Symbol& x, const std::vector<int>& axes);
  /// In equal parts. @throws ValueError, ShapeError as that of tensors.
  friend XTAPE_API std::vector<Symbol> split(const Symbol& x, int64_t sections, Axis axis);
  friend XTAPE_API Symbol take(const Symbol& x, const Tensor& indices, Axis axis);
  friend XTAPE_API Symbol take(const Symbol& x, const Symbol& indices, Axis axis);
  /// A label that is no class has zeros, as in Keras.
  friend XTAPE_API Symbol one_hot(const Symbol& labels, int64_t classes);
};

}  // namespace xtape
