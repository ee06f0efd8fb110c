#pragma once

#include <xtape/export.hpp>
#include <xtape/shape.hpp>

namespace xtape {

class Symbol;
class Tensor;

/// Operations on symbols, or on a symbol and a tensor or number, which the model holds as it is; see those of the same
/// names on tensors. They are found by their argument alone: `tanh(symbol)` works, and `tanh` where no symbol stands,
/// as in `vmap(tanh)`, is the function of tensors.
struct SymbolOperations {
  friend XTAPE_API Symbol add(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol add(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol add(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol add(const Symbol& a, double b);
  friend XTAPE_API Symbol add(double a, const Symbol& b);
  friend XTAPE_API Symbol subtract(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol subtract(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol subtract(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol subtract(const Symbol& a, double b);
  friend XTAPE_API Symbol subtract(double a, const Symbol& b);
  friend XTAPE_API Symbol multiply(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol multiply(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol multiply(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol multiply(const Symbol& a, double b);
  friend XTAPE_API Symbol multiply(double a, const Symbol& b);
  friend XTAPE_API Symbol divide(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol divide(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol divide(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol divide(const Symbol& a, double b);
  friend XTAPE_API Symbol divide(double a, const Symbol& b);
  friend XTAPE_API Symbol pow(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol pow(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol pow(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol pow(const Symbol& a, double b);
  friend XTAPE_API Symbol pow(double a, const Symbol& b);
  friend XTAPE_API Symbol maximum(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol maximum(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol maximum(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol maximum(const Symbol& a, double b);
  friend XTAPE_API Symbol maximum(double a, const Symbol& b);
  friend XTAPE_API Symbol minimum(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol minimum(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol minimum(const Tensor& a, const Symbol& b);
  friend XTAPE_API Symbol minimum(const Symbol& a, double b);
  friend XTAPE_API Symbol minimum(double a, const Symbol& b);
  friend XTAPE_API Symbol matmul(const Symbol& a, const Symbol& b);
  friend XTAPE_API Symbol matmul(const Symbol& a, const Tensor& b);
  friend XTAPE_API Symbol matmul(const Tensor& a, const Symbol& b);
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
  friend XTAPE_API Symbol sum(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol sum(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol mean(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol mean(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol max(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol max(const Symbol& x, const Axes& axes, bool keepdims);
  friend XTAPE_API Symbol min(const Symbol& x, const Axes& axes);
  friend XTAPE_API Symbol min(const Symbol& x, const Axes& axes, bool keepdims);
};

}  // namespace xtape
