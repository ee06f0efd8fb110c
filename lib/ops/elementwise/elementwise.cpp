#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

#include <string>

#include "ops/support/elementwise_op.hpp"

namespace xtape {
namespace {

bool is_whole(const char* operation, const Tensor& x) {
  core::check_defined(operation, x);
  return !is_floating(x.dtype());
}

}  // namespace

Tensor negative(const Tensor& x) {
  return is_whole("negative", x) ? subtract(Scalar(0), x) : ops::unary<formulas::Neg>(x);
}
Tensor abs(const Tensor& x) { return is_whole("abs", x) ? maximum(x, negative(x)) : ops::unary<formulas::Abs>(x); }
Tensor sign(const Tensor& x) {
  return is_whole("sign", x) ? minimum(maximum(x, -1), 1) : ops::unary<formulas::Sign>(x);
}
Tensor square(const Tensor& x) { return is_whole("square", x) ? x * x : ops::unary<formulas::Square>(x); }
Tensor floor(const Tensor& x) { return is_whole("floor", x) ? x : ops::unary<formulas::Floor>(x); }
Tensor ceil(const Tensor& x) { return is_whole("ceil", x) ? x : ops::unary<formulas::Ceil>(x); }
Tensor round(const Tensor& x) { return is_whole("round", x) ? x : ops::unary<formulas::Round>(x); }

Tensor clip(const Tensor& x, double low, double high) {
  const bool whole = is_whole("clip", x);
  if (!(low <= high)) {
    throw ValueError("clip: low must not exceed high, got " + std::to_string(low) + " and " + std::to_string(high));
  }
  return whole ? minimum(maximum(x, low), high) : ops::unary(x, formulas::Clip{low, high});
}

Tensor exp(const Tensor& x) { return ops::unary<formulas::Exp>(x); }
Tensor expm1(const Tensor& x) { return ops::unary<formulas::Expm1>(x); }
Tensor log(const Tensor& x) { return ops::unary<formulas::Log>(x); }
Tensor log1p(const Tensor& x) { return ops::unary<formulas::Log1p>(x); }
Tensor sqrt(const Tensor& x) { return ops::unary<formulas::Sqrt>(x); }
Tensor rsqrt(const Tensor& x) { return ops::unary<formulas::Rsqrt>(x); }
Tensor reciprocal(const Tensor& x) { return ops::unary<formulas::Reciprocal>(x); }
Tensor sin(const Tensor& x) { return ops::unary<formulas::Sin>(x); }
Tensor cos(const Tensor& x) { return ops::unary<formulas::Cos>(x); }
Tensor tanh(const Tensor& x) { return ops::unary<formulas::Tanh>(x); }
Tensor erf(const Tensor& x) { return ops::unary<formulas::Erf>(x); }

}  // namespace xtape
