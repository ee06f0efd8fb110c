#include <cmath>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "ops/support/binary_op.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

// Whether each element is not 0.
Tensor truth(const char* name, const Tensor& x) { return ops::compare<formulas::NotEqual>(name, x, 0); }

}  // namespace

Tensor equal(const Tensor& a, const Tensor& b) { return ops::compare<formulas::Equal>("equal", a, b); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return ops::compare<formulas::NotEqual>("not_equal", a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return ops::compare<formulas::Less>("less", a, b); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return ops::compare<formulas::LessEqual>("less_equal", a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return ops::compare<formulas::Greater>("greater", a, b); }
Tensor greater_equal(const Tensor& a, const Tensor& b) {
  return ops::compare<formulas::GreaterEqual>("greater_equal", a, b);
}

Tensor equal(const Tensor& a, Scalar b) { return ops::compare<formulas::Equal>("equal", a, b); }
Tensor not_equal(const Tensor& a, Scalar b) { return ops::compare<formulas::NotEqual>("not_equal", a, b); }
Tensor less(const Tensor& a, Scalar b) { return ops::compare<formulas::Less>("less", a, b); }
Tensor less_equal(const Tensor& a, Scalar b) { return ops::compare<formulas::LessEqual>("less_equal", a, b); }
Tensor greater(const Tensor& a, Scalar b) { return ops::compare<formulas::Greater>("greater", a, b); }
Tensor greater_equal(const Tensor& a, Scalar b) { return ops::compare<formulas::GreaterEqual>("greater_equal", a, b); }

Tensor logical_not(const Tensor& x) { return ops::compare<formulas::Equal>("logical_not", x, 0); }
Tensor logical_and(const Tensor& a, const Tensor& b) {
  const Tensor x = truth("logical_and", a), y = truth("logical_and", b);
  broadcast_shapes(x.shape(), y.shape(), "logical_and");
  return multiply(x, y);
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  const Tensor x = truth("logical_or", a), y = truth("logical_or", b);
  broadcast_shapes(x.shape(), y.shape(), "logical_or");
  return maximum(x, y);
}
Tensor isnan(const Tensor& x) { return ops::compare<formulas::NotEqual>("isnan", x, x); }
Tensor isfinite(const Tensor& x) {
  core::check_defined("isfinite", x);
  return is_floating(x.dtype()) ? less(abs(x.detach()), INFINITY) : equal(x, x);
}

bool allclose(const Tensor& first, const Tensor& second, double rtol, double atol, bool equal_nan) {
  detail::check_number("allclose", "rtol", rtol, detail::Range::not_negative);
  detail::check_number("allclose", "atol", atol, detail::Range::not_negative);
  core::check_defined("allclose", first);
  core::check_defined("allclose", second);
  broadcast_shapes(first.shape(), second.shape(), "allclose");
  const NoGrad no_grad;
  const Tensor a = ops::converted("allclose", first, DType::float64);
  const Tensor b = ops::converted("allclose", second, DType::float64);
  // Infinities of one sign are equal, though their difference is not a number.
  Tensor close = logical_or(a == b, logical_and(isfinite(b), abs(a - b) <= abs(b) * rtol + atol));
  if (equal_nan) close = logical_or(close, logical_and(isnan(a), isnan(b)));
  return all(close).item<bool>();
}

bool array_equal(const Tensor& a, const Tensor& b) {
  core::check_defined("array_equal", a);
  core::check_defined("array_equal", b);
  return a.shape() == b.shape() && a.dtype() == b.dtype() && all(equal(a, b)).item<bool>();
}

}  // namespace xtape
