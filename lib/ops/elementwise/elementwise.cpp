#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

#include "ops/registry.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/elementwise/unary.hpp"

namespace xtape {
namespace {

bool is_whole(const char* operation, const Tensor& x) {
  core::check_defined(operation, x);
  return !is_floating(x.dtype());
}

// bool and uint8.
bool is_unsigned(const Tensor& x) { return x.dtype() == DType::bool_ || x.dtype() == DType::uint8; }

void refuse_bool(const char* operation, const Tensor& x) {
  if (x.dtype() != DType::bool_) return;
  throw DTypeError(std::string(operation) + ": bool tensors have no sign; use logical_not or astype");
}

}  // namespace

Tensor negative(const Tensor& x) {
  if (!is_whole("negative", x)) return ops::unary<formulas::Neg>(x);
  refuse_bool("negative", x);
  return subtract(Scalar(0), x);
}
Tensor abs(const Tensor& x) {
  if (!is_whole("abs", x)) return ops::unary<formulas::Abs>(x);
  return is_unsigned(x) ? x : maximum(x, negative(x));
}
Tensor sign(const Tensor& x) {
  if (!is_whole("sign", x)) return ops::unary<formulas::Sign>(x);
  refuse_bool("sign", x);
  return minimum(is_unsigned(x) ? x : maximum(x, -1), 1);
}
Tensor square(const Tensor& x) { return is_whole("square", x) ? x * x : ops::unary<formulas::Square>(x); }
Tensor floor(const Tensor& x) { return is_whole("floor", x) ? x : ops::unary<formulas::Floor>(x); }
Tensor ceil(const Tensor& x) { return is_whole("ceil", x) ? x : ops::unary<formulas::Ceil>(x); }
Tensor round(const Tensor& x) { return is_whole("round", x) ? x : ops::unary<formulas::Round>(x); }

Tensor clip(const Tensor& x, Scalar low, Scalar high) {
  const bool whole = is_whole("clip", x);
  const double lowest = low.to<double>(), highest = high.to<double>();
  if (!(lowest <= highest)) {
    throw ValueError("clip: low must not exceed high, got " + low.str() + " and " + high.str());
  }
  if (!whole) return ops::unary(x, formulas::Clip{lowest, highest});
  const Tensor lower = ops::operand_like("clip", x, low), upper = ops::operand_like("clip", x, high);
  return minimum(maximum(x, lower), upper);
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

void ops::describe_elementwise(autograd::Registry& to) {
#define XTAPE_DESCRIBE(Formula) describe_unary<formulas::Formula>(to);
  XTAPE_ARITHMETIC_FORMULAS(XTAPE_DESCRIBE)
  XTAPE_ROUNDING_FORMULAS(XTAPE_DESCRIBE)
  XTAPE_EXPONENTIAL_FORMULAS(XTAPE_DESCRIBE)
  XTAPE_TRIGONOMETRIC_FORMULAS(XTAPE_DESCRIBE)
#undef XTAPE_DESCRIBE
}

}  // namespace xtape
