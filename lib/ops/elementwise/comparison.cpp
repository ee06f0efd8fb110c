#include <cmath>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/op.hpp"
#include "ops/registry.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {
namespace {

template <class Formula>
struct CompareKernel {
  template <class T, class... Arguments>
  void operator()(T, Arguments&&... arguments) const {
    kernels::compare<Formula>(std::forward<Arguments>(arguments)...);
  }
};

// What tells one comparison from another.
struct ComparisonRule {
  void (*compute)(const Tensor& a, const Tensor& b, const Tensor& y);
  // For numbers.
  bool (*holds)(double a, double b);
};

template <class Formula>
constexpr ComparisonRule comparison_rule() {
  return {[](const Tensor& a, const Tensor& b, const Tensor& y) {
            ops::combine_into<bool>(a, b, y, CompareKernel<Formula>{});
          },
          [](double a, double b) { return Formula::value(a, b); }};
}
constexpr ComparisonRule equal_rule = comparison_rule<formulas::Equal>();
constexpr ComparisonRule not_equal_rule = comparison_rule<formulas::NotEqual>();
constexpr ComparisonRule less_rule = comparison_rule<formulas::Less>();
constexpr ComparisonRule less_equal_rule = comparison_rule<formulas::LessEqual>();
constexpr ComparisonRule greater_rule = comparison_rule<formulas::Greater>();
constexpr ComparisonRule greater_equal_rule = comparison_rule<formulas::GreaterEqual>();

// Whether it holds, for each pair of elements; for operands of one type.
struct Comparison {
  static constexpr const char* no_derivative = "the results are true or false";
  static constexpr bool elementwise = true;
  const ComparisonRule* rule;
  const char* operation;

  const char* name() const { return operation; }
  autograd::Spec shape(const Tensor& a, const Tensor& b) const {
    return {broadcast_shapes(a.shape(), b.shape(), operation), DType::bool_};
  }
  void compute(const Tensor& a, const Tensor& b, const Tensor& y) const { rule->compute(a, b, y); }
};

// `name` is that of the operation that the user called.
Tensor compare(const ComparisonRule& rule, const Tensor& a, const Tensor& b, const char* name) {
  core::check_defined(name, a);
  core::check_defined(name, b);
  const DType type = promote_types(a.dtype(), b.dtype());
  if (a.dtype() == type && b.dtype() == type) return autograd::apply(Comparison{&rule, name}, a, b);
  broadcast_shapes(a.shape(), b.shape(), name);
  return compare(rule, ops::converted(name, a.detach(), type), ops::converted(name, b.detach(), type), name);
}

// With a number, by value: one that x's type does not hold is above or below all of its elements.
Tensor compare(const ComparisonRule& rule, const Tensor& x, Scalar number, const char* name) {
  core::check_defined(name, x);
  // Whole numbers are compared with floating ones as they are, not rounded to float32.
  const bool mixed = number.is_floating() && !is_floating(x.dtype());
  const DType type = mixed ? DType::float64 : promote_types(x.dtype(), number);
  if (!is_floating(type) && !core::fits(number, type)) {
    return full(x.shape(), rule.holds(0, number.to<double>()), DType::bool_);
  }
  return compare(rule, ops::converted(name, x.detach(), type), ops::number_tensor(name, number, type), name);
}

// Whether each element is not 0.
Tensor truth(const char* name, const Tensor& x) { return compare(not_equal_rule, x, 0, name); }

}  // namespace

Tensor equal(const Tensor& a, const Tensor& b) { return compare(equal_rule, a, b, "equal"); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return compare(not_equal_rule, a, b, "not_equal"); }
Tensor less(const Tensor& a, const Tensor& b) { return compare(less_rule, a, b, "less"); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return compare(less_equal_rule, a, b, "less_equal"); }
Tensor greater(const Tensor& a, const Tensor& b) { return compare(greater_rule, a, b, "greater"); }
Tensor greater_equal(const Tensor& a, const Tensor& b) { return compare(greater_equal_rule, a, b, "greater_equal"); }

Tensor equal(const Tensor& a, Scalar b) { return compare(equal_rule, a, b, "equal"); }
Tensor not_equal(const Tensor& a, Scalar b) { return compare(not_equal_rule, a, b, "not_equal"); }
Tensor less(const Tensor& a, Scalar b) { return compare(less_rule, a, b, "less"); }
Tensor less_equal(const Tensor& a, Scalar b) { return compare(less_equal_rule, a, b, "less_equal"); }
Tensor greater(const Tensor& a, Scalar b) { return compare(greater_rule, a, b, "greater"); }
Tensor greater_equal(const Tensor& a, Scalar b) { return compare(greater_equal_rule, a, b, "greater_equal"); }

Tensor logical_not(const Tensor& x) { return compare(equal_rule, x, 0, "logical_not"); }
Tensor logical_and(const Tensor& a, const Tensor& b) {
  const Tensor x = truth("logical_and", a), y = truth("logical_and", b);
  broadcast_shapes(x.shape(), y.shape(), "logical_and");
  return ops::in_operation("logical_and", [&] { return multiply(x, y); });
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  const Tensor x = truth("logical_or", a), y = truth("logical_or", b);
  broadcast_shapes(x.shape(), y.shape(), "logical_or");
  return ops::in_operation("logical_or", [&] { return maximum(x, y); });
}
Tensor isnan(const Tensor& x) { return compare(not_equal_rule, x, x, "isnan"); }
Tensor isfinite(const Tensor& x) {
  core::check_defined("isfinite", x);
  return ops::in_operation("isfinite",
                           [&] { return is_floating(x.dtype()) ? less(abs(x.detach()), INFINITY) : equal(x, x); });
}

bool allclose(const Tensor& first, const Tensor& second, double rtol, double atol, bool equal_nan) {
  detail::check_number("allclose", "rtol", rtol, detail::Range::not_negative);
  detail::check_number("allclose", "atol", atol, detail::Range::not_negative);
  core::check_defined("allclose", first);
  core::check_defined("allclose", second);
  broadcast_shapes(first.shape(), second.shape(), "allclose");
  return ops::in_operation("allclose", [&] {
    const NoGrad no_grad;
    const Tensor a = ops::converted("allclose", first, DType::float64);
    const Tensor b = ops::converted("allclose", second, DType::float64);
    // Infinities of one sign are equal, though their difference is not a number.
    Tensor close = logical_or(a == b, logical_and(isfinite(b), abs(a - b) <= abs(b) * rtol + atol));
    if (equal_nan) close = logical_or(close, logical_and(isnan(a), isnan(b)));
    return all(close).item<bool>();
  });
}

bool array_equal(const Tensor& a, const Tensor& b) {
  core::check_defined("array_equal", a);
  core::check_defined("array_equal", b);
  return a.shape() == b.shape() && a.dtype() == b.dtype() && all(equal(a, b)).item<bool>();
}

void ops::describe_comparison(autograd::Registry& to) {
  for (const char* name :
       {"equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_not", "isnan"}) {
    to.add<Comparison, 2>(name);
  }
}

}  // namespace xtape
