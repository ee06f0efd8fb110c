#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "ops/normalization.hpp"

namespace xtape {

namespace ops {

void check_normalization(const char* operation, const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  core::check_floating(operation, x);
  if (x.rank() == 0) throw ShapeError(std::string(operation) + ": x must have at least one dimension");
  const Shape expected{x.shape().back()};
  for (const Tensor* parameter : {&gamma, &beta}) {
    if (!parameter->defined()) continue;
    if (parameter->shape() != expected) {
      throw ShapeError(std::string(operation) + ": gamma and beta must have shape " + expected.str() + " for x " +
                       x.shape().str() + ", got " + parameter->shape().str());
    }
    if (parameter->dtype() != x.dtype()) {
      throw DTypeError(std::string(operation) + ": gamma and beta must be " + name(x.dtype()) + " as x, got " +
                       name(parameter->dtype()));
    }
  }
}

Tensor scale_and_shift(Tensor x, const Tensor& gamma, const Tensor& beta) {
  if (gamma.defined()) x = x * gamma;
  return beta.defined() ? x + beta : x;
}

}  // namespace ops

Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
  ops::check_normalization("layer_norm", x, gamma, beta);
  const Tensor centered = x - mean(x, -1, true);
  return ops::scale_and_shift(centered * rsqrt(mean(square(centered), -1, true) + epsilon), gamma, beta);
}

}  // namespace xtape
