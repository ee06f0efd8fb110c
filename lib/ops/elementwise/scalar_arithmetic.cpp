#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

#include "autograd/record.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/support/elementwise_op.hpp"

// Arithmetic between a tensor and a number. Sums and products are so common that they save no operand.
namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::needs_grad;
using autograd::record;

namespace {

// x as the kernels take it, converted to the type of the pair.
Tensor converted(const char* name, const Tensor& x, Scalar number) {
  core::check_defined(name, x);
  const DType type = promote_types(x.dtype(), number);
  return type == x.dtype() ? x : x.astype(type);
}

template <class Formula>
Tensor with_number(const char* name, const Tensor& argument, Scalar number) {
  const Tensor x = argument.contiguous();
  const Tensor y = core::make_tensor(x.shape(), x.dtype(), name);
  core::switch_dtype(x.dtype(), [&]<class T>(T) {
    const T value = core::element<T>(name, number);
    kernels::binary<Formula>(core::elements<const T>(x), 1, &value, 0, core::elements<T>(y), y.numel());
  });
  return y;
}

}  // namespace

Tensor add(const Tensor& argument, Scalar number) {
  const Tensor x = converted("add", argument, number);
  Tensor y = with_number<formulas::Add>("add", x, number);
  if (needs_grad(x)) {
    record("add", y, Inputs{x}, [](const Tensor& g, Gradients& gradients) { gradients.set(0, g); });
  }
  return y;
}

Tensor multiply(const Tensor& argument, Scalar number) {
  const Tensor x = converted("multiply", argument, number);
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
  const Tensor x = converted("power", argument, exponent);
  if (!is_floating(x.dtype())) return power(x, ops::operand_like("power", x, exponent));
  return ops::unary(x, formulas::PowScalar{exponent.to<double>()});
}
Tensor power(Scalar base, const Tensor& x) { return power(ops::operand_like("power", x, base), x); }
Tensor minimum(const Tensor& x, Scalar number) { return minimum(x, ops::operand_like("minimum", x, number)); }
Tensor maximum(const Tensor& x, Scalar number) { return maximum(x, ops::operand_like("maximum", x, number)); }

}  // namespace xtape
