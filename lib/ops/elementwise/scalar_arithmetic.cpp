#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

#include "ops/elementwise/scalar_arithmetic.hpp"
#include "ops/elementwise/unary.hpp"
#include "ops/registry.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/support/dense.hpp"
#include "ops/support/operand.hpp"

// Arithmetic between a tensor and a number. Sums and products are so common that they are operations of their own,
// which keep nothing.
namespace xtape {

namespace {

// The type of the pair. @throws ValueError if x is undefined.
DType common_type(const char* name, const Tensor& x, Scalar number) {
  core::check_defined(name, x);
  return promote_types(x.dtype(), number);
}

template <class Formula>
void compute_with_number(const Tensor& argument, Scalar number, const Tensor& y) {
  const Tensor x = ops::dense(Formula::name, argument);
  core::switch_dtype(y.dtype(), [&]<class T>(T) {
    const T value = core::element<T>(Formula::name, number);
    kernels::binary<Formula>(core::elements<const T>(x), 1, &value, 0, core::elements<T>(y), core::impl(y)->numel);
  });
}

}  // namespace

void ops::AddNumber::compute(const Tensor& x, const Tensor& y) const {
  compute_with_number<formulas::Add>(x, number, y);
}
void ops::MultiplyNumber::compute(const Tensor& x, const Tensor& y) const {
  compute_with_number<formulas::Mul>(x, number, y);
}

Tensor add(const Tensor& x, Scalar number) {
  return autograd::apply(ops::AddNumber{number}, ops::Operand("add", x, common_type("add", x, number)).tensor);
}

Tensor multiply(const Tensor& x, Scalar number) {
  return autograd::apply(ops::MultiplyNumber{number},
                         ops::Operand("multiply", x, common_type("multiply", x, number)).tensor);
}

Tensor subtract(const Tensor& x, Scalar number) { return subtract(x, ops::operand_like("subtract", x, number)); }
Tensor subtract(Scalar number, const Tensor& x) { return subtract(ops::operand_like("subtract", x, number), x); }
Tensor divide(const Tensor& x, Scalar number) { return divide(x, ops::operand_like("divide", x, number)); }
Tensor divide(Scalar number, const Tensor& x) { return divide(ops::operand_like("divide", x, number), x); }
Tensor power(const Tensor& argument, Scalar exponent) {
  const ops::Operand operand("power", argument, common_type("power", argument, exponent));
  const Tensor& x = operand.tensor;
  if (!is_floating(x.dtype())) return power(x, ops::operand_like("power", x, exponent));
  return ops::unary(x, formulas::PowScalar{exponent.to<double>()});
}
Tensor power(Scalar base, const Tensor& x) { return power(ops::operand_like("power", x, base), x); }
Tensor minimum(const Tensor& x, Scalar number) { return minimum(x, ops::operand_like("minimum", x, number)); }
Tensor maximum(const Tensor& x, Scalar number) { return maximum(x, ops::operand_like("maximum", x, number)); }

void ops::describe_scalar_arithmetic(autograd::Registry& to) {
  to.add<AddNumber, 1>();
  to.add<MultiplyNumber, 1>();
}

}  // namespace xtape
