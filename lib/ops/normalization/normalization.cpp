#include "ops/normalization/normalization.hpp"

#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>

namespace xtape::ops {

void check_epsilon(const char* operation, double epsilon) {
  detail::check_number(operation, "epsilon", epsilon, detail::Range::finite_and_not_negative);
}

void check_normalization(const char* operation, const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  core::check_floating(operation, x);
  if (x.rank() == 0) throw ShapeError(std::string(operation) + ": x must have at least one dimension");
  const Shape expected{x.shape().back()};
  for (const Tensor* parameter : {&gamma, &beta}) {
    if (!parameter->defined()) continue;
    if (parameter->shape() != expected) {
      throw ShapeError(std::string(operation) + ": parameters must have shape " + expected.str() + " for x " +
                       x.shape().str() + ", got " + parameter->shape().str());
    }
    if (parameter->dtype() != x.dtype()) {
      throw DTypeError(std::string(operation) + ": parameters must be " + name(x.dtype()) + " as x, got " +
                       name(parameter->dtype()));
    }
  }
}

Tensor scale_and_shift(Tensor x, const Tensor& gamma, const Tensor& beta) {
  if (gamma.defined()) x = x * gamma;
  return beta.defined() ? x + beta : x;
}

}  // namespace xtape::ops
