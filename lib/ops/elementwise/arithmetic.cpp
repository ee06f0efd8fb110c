#include <xtape/detail/floating.hpp>
#include <xtape/host_callback.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "ops/elementwise/binary.hpp"
#include "ops/elementwise/sum_of_products.hpp"
#include "ops/registry.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

// The type in which two tensors are combined: a floating one if that is asked for.
DType common_type(const char* name, const Tensor& first, const Tensor& second, bool floating = false) {
  core::check_defined(name, first);
  core::check_defined(name, second);
  const DType type = core::impl(first)->dtype;
  if (type == core::impl(second)->dtype && (!floating || is_floating(type))) [[likely]]
    return type;
  const DType promoted = promote_types(type, second.dtype());
  return floating ? detail::floating_type(promoted) : promoted;
}

// f(first, second), of the type that the pair has. Nothing is converted before the shapes are known to broadcast.
Tensor binary(const ops::BinaryRule& rule, const Tensor& first, const Tensor& second, DType type) {
  const ops::Binary op{&rule};
  if (core::impl(first)->dtype == type && core::impl(second)->dtype == type) [[likely]]
    return autograd::apply(op, first, second);
  broadcast_shapes(first.shape(), second.shape(), rule.name);
  return autograd::apply(op, ops::converted(rule.name, first, type), ops::converted(rule.name, second, type));
}

Tensor binary(const ops::BinaryRule& rule, const Tensor& first, const Tensor& second) {
  return binary(rule, first, second, common_type(rule.name, first, second));
}

template <class Formula>
constexpr ops::BinaryRule rule_of(ops::Keeps keeps, Tensor (*derivative)(const ops::Primals&, int, const Tensor&),
                                  Tensor (*tangent)(const ops::Primals&, const Tensor&, const Tensor&) = nullptr,
                                  decltype(ops::BinaryRule::dual) dual = nullptr) {
  return {Formula::name, ops::binary_quick<Formula>, ops::binary_compute<Formula>, keeps, derivative, tangent, dual};
}

constexpr ops::BinaryRule add_rule = rule_of<formulas::Add>(
    ops::keeps_nothing, [](const ops::Primals&, int, const Tensor& t) { return t; },
    [](const ops::Primals&, const Tensor& da, const Tensor& db) { return da + db; }, ops::linear_dual<formulas::Add>);

constexpr ops::BinaryRule subtract_rule = rule_of<formulas::Sub>(
    ops::keeps_nothing, [](const ops::Primals&, int operand, const Tensor& t) { return operand == 0 ? t : -t; },
    [](const ops::Primals&, const Tensor& da, const Tensor& db) { return da - db; }, ops::linear_dual<formulas::Sub>);

constexpr ops::BinaryRule multiply_rule = rule_of<formulas::Mul>(
    ops::keeps_other,
    [](const ops::Primals& primals, int operand, const Tensor& t) {
      return t * primals.input(static_cast<std::size_t>(1 - operand));
    },
    [](const ops::Primals& primals, const Tensor& da, const Tensor& db) {
      return ops::sum_of_products(da, primals.input(1), primals.input(0), db);
    },
    ops::product_dual);

constexpr ops::BinaryRule divide_rule =
    rule_of<formulas::Div>([](uint32_t wanted) -> uint32_t { return wanted & 2 ? 6 : 2; },
                           [](const ops::Primals& primals, int operand, const Tensor& t) {
                             const Tensor quotient = ops::scaled_quotient(t, primals.input(1));
                             return operand == 0 ? quotient : -ops::scaled_slope(quotient, primals.output());
                           },
                           [](const ops::Primals& primals, const Tensor& da, const Tensor& db) {
                             const Tensor part = ops::scaled_slope(db, primals.output());
                             return ops::scaled_quotient(da - part, primals.input(1));
                           });

constexpr ops::BinaryRule power_rule = rule_of<formulas::Pow>(
    [](uint32_t wanted) -> uint32_t { return wanted & 2 ? 7 : 3; },
    [](const ops::Primals& primals, int operand, const Tensor& t) {
      const Tensor base = primals.input(0), exponent = primals.input(1);
      // x^0 and 0^x are constant: their derivatives are 0, not 0 * infinity. What would be infinite is not computed, as
      // it would be multiplied by 0 where these derivatives are differentiated again.
      const Tensor zero = base == 0;
      if (operand == 1) {
        return ops::scaled_slope(t, where(zero, 0, primals.output()) * log(where(zero, 1, base)));
      }
      const Tensor constant = exponent == 0;
      const Tensor lower = where(logical_and(constant, zero), 0, exponent - 1);
      return ops::scaled_slope(where(logical_and(constant, abs(t) == HUGE_VAL), 0, t), exponent * power(base, lower));
    });

// The operand chosen gets the gradient; where both are equal each gets half of it, where one is NaN both get it.
template <class Formula, Tensor prefers(const Tensor&, const Tensor&)>
constexpr ops::BinaryRule choice_rule = rule_of<Formula>(ops::keeps_operands, [](const ops::Primals& primals,
                                                                                 int operand, const Tensor& t) {
  const Tensor a = primals.input(0), b = primals.input(1);
  const Tensor not_chosen = operand == 0 ? prefers(b, a) : prefers(a, b);
  return where(not_chosen, 0, where(a == b, t * 0.5, t));
});
constexpr const ops::BinaryRule& minimum_rule = choice_rule<formulas::Minimum, less>;
constexpr const ops::BinaryRule& maximum_rule = choice_rule<formulas::Maximum, greater>;

// @throws ValueError if a power of whole numbers of that type has a negative exponent: it is no whole number.
void check_exponents(const Tensor& exponents, DType type) {
  if (!is_integer(type) || exponents.dtype() == DType::uint8 || exponents.dtype() == DType::bool_) return;
  if (core::capturing) {
    // There are no elements yet: each run checks its own. A copy, since a callback counts as one that changes them.
    host_callback([type](const Tensor& x) { check_exponents(x, type); }, exponents.clone());
    return;
  }
  if (!any(autograd::without_lifts(exponents) < 0).item<bool>()) return;
  throw ValueError(
      "power: integers to negative integer powers are not whole numbers; make one of them floating (astype)");
}

}  // namespace

bool ops::is_sum(const autograd::Instruction& instruction) {
  return instruction.table == &autograd::op_table<Binary, 2> &&
         static_cast<const Binary*>(instruction.op.get())->rule == &add_rule;
}

Tensor add(const Tensor& a, const Tensor& b) { return binary(add_rule, a, b); }

Tensor subtract(const Tensor& a, const Tensor& b) {
  const DType type = common_type("subtract", a, b);
  if (type == DType::bool_) {
    throw DTypeError("subtract: bool tensors have no difference; use logical_and, != or astype");
  }
  return binary(subtract_rule, a, b, type);
}

Tensor multiply(const Tensor& a, const Tensor& b) { return binary(multiply_rule, a, b); }
Tensor divide(const Tensor& a, const Tensor& b) { return binary(divide_rule, a, b, common_type("divide", a, b, true)); }

Tensor power(const Tensor& base, const Tensor& exponent) {
  const DType type = common_type("power", base, exponent);
  check_exponents(exponent, type);
  return binary(power_rule, base, exponent, type);
}

Tensor minimum(const Tensor& a, const Tensor& b) { return binary(minimum_rule, a, b); }
Tensor maximum(const Tensor& a, const Tensor& b) { return binary(maximum_rule, a, b); }

void ops::describe_arithmetic(autograd::Registry& to) {
  for (const ops::BinaryRule* rule :
       {&add_rule, &subtract_rule, &multiply_rule, &divide_rule, &power_rule, &minimum_rule, &maximum_rule}) {
    to.add<ops::Binary, 2>(rule->name);
  }
}

}  // namespace xtape
