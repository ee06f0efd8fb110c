#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

#include "autograd/record.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/support/elementwise_op.hpp"
#include "ops/support/operand.hpp"

// Arithmetic between a tensor and a number. Sums and products are so common that they save no operand.
namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::needs_grad;
using autograd::record;

namespace {

// The type of the pair. @throws ValueError if x is undefined.
DType common_type(const char* name, const Tensor& x, Scalar number) {
  core::check_defined(name, x);
  return promote_types(x.dtype(), number);
}

template <class Formula>
Tensor with_number(const char* name, const Tensor& argument, Scalar number) {
  const ops::Operand operand(name, argument, argument.dtype(), true);
  const Tensor& x = operand.tensor;
  const Tensor y = core::make_like(x, name);
  core::switch_dtype(x.dtype(), [&]<class T>(T) {
    const T value = core::element<T>(name, number);
    kernels::binary<Formula>(core::elements<const T>(x), 1, &value, 0, core::elements<T>(y), core::impl(y)->numel);
  });
  return y;
}

}  // namespace

Tensor add(const Tensor& argument, Scalar number) {
  const ops::Operand operand("add", argument, common_type("add", argument, number));
  const Tensor& x = operand.tensor;
  Tensor y = with_number<formulas::Add>("add", x, number);
  if (needs_grad(x)) {
    record("add", y, Inputs{x}, [](const Tensor& g, Gradients& gradients) { gradients.set(0, g); });
  }
  return y;
}

Tensor multiply(const Tensor& argument, Scalar number) {
  const ops::Operand operand("multiply", argument, common_type("multiply", argument, number));
  const Tensor& x = operand.tensor;
  Tensor y = with_number<formulas::Mul>("multiply", x, number);
  if (needs_grad(x)) {
    record("multiply", y, Inputs{x},
           [number](const Tensor& g, Gradients& gradients) { gradients.set(0, g * number); });
  }
  return y;
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

}  // namespace xtape
