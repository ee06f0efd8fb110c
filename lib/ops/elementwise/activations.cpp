#include <string>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>

#include "ops/registry.hpp"
#include "ops/support/annotation.hpp"
#include "ops/elementwise/unary.hpp"

namespace xtape {

Tensor sigmoid(const Tensor& x) {
  Tensor y = ops::unary<formulas::Sigmoid>(x);
  ops::attach_logits(y, ops::Probability::sigmoid, x);
  return y;
}
Tensor log_sigmoid(const Tensor& x) { return ops::unary<formulas::LogSigmoid>(x); }
Tensor sparse_sigmoid(const Tensor& x) { return ops::unary<formulas::SparseSigmoid>(x); }
Tensor hard_tanh(const Tensor& x) { return ops::unary<formulas::HardTanh>(x); }
Tensor tanh_shrink(const Tensor& x) { return ops::unary<formulas::TanhShrink>(x); }
Tensor hard_shrink(const Tensor& x, double threshold) {
  detail::check_number("hard_shrink", "threshold", threshold, detail::Range::finite_and_not_negative);
  return ops::unary(x, formulas::HardShrink{threshold});
}
Tensor soft_shrink(const Tensor& x, double threshold) {
  detail::check_number("soft_shrink", "threshold", threshold, detail::Range::finite_and_not_negative);
  return ops::unary(x, formulas::SoftShrink{threshold});
}
Tensor threshold(const Tensor& x, double threshold, double default_value) {
  detail::check_number("threshold", "threshold", threshold, detail::Range::finite);
  detail::check_number("threshold", "default_value", default_value, detail::Range::finite);
  return ops::unary(x, formulas::Threshold{threshold, default_value});
}
Tensor hard_sigmoid(const Tensor& x) { return ops::unary<formulas::HardSigmoid>(x); }
Tensor relu(const Tensor& x) { return ops::unary<formulas::Relu>(x); }
Tensor relu6(const Tensor& x) { return ops::unary<formulas::Relu6>(x); }
Tensor leaky_relu(const Tensor& x, double negative_slope) {
  detail::check_number("leaky_relu", "negative_slope", negative_slope, detail::Range::finite);
  // 0 * -infinity would be NaN.
  return negative_slope == 0 ? relu(x) : ops::unary(x, formulas::LeakyRelu{negative_slope});
}
Tensor elu(const Tensor& x, double alpha) {
  detail::check_number("elu", "alpha", alpha, detail::Range::finite);
  return ops::unary(x, formulas::Elu{alpha});
}
Tensor selu(const Tensor& x) { return ops::unary<formulas::Selu>(x); }
Tensor celu(const Tensor& x, double alpha) {
  detail::check_number("celu", "alpha", alpha, detail::Range::finite_and_positive);
  return ops::unary(x, formulas::Celu{alpha});
}
Tensor sparse_plus(const Tensor& x) { return ops::unary<formulas::SparsePlus>(x); }
Tensor squareplus(const Tensor& x, double b) {
  detail::check_number("squareplus", "b", b, detail::Range::finite_and_not_negative);
  // 0 / 0 at 0.
  return b == 0 ? relu(x) : ops::unary(x, formulas::Squareplus{b});
}
Tensor softplus(const Tensor& x) { return ops::unary<formulas::Softplus>(x); }
Tensor softsign(const Tensor& x) { return ops::unary<formulas::Softsign>(x); }
Tensor silu(const Tensor& x) { return ops::unary<formulas::Silu>(x); }
Tensor hard_silu(const Tensor& x) { return ops::unary<formulas::HardSilu>(x); }
Tensor mish(const Tensor& x) { return ops::unary<formulas::Mish>(x); }
Tensor gelu(const Tensor& x, bool approximate) {
  return approximate ? ops::unary<formulas::GeluTanh>(x) : ops::unary<formulas::Gelu>(x);
}
Tensor glu(const Tensor& x, Axis axis) {
  core::check_defined("glu", x);
  const int along = core::checked_axis("glu", axis, x.rank());
  if (x.shape(along) % 2 != 0) {
    throw ShapeError("glu: expected an even length along axis " + std::to_string(along) + ", given " + x.shape().str());
  }
  const std::vector<Tensor> halves = split(ops::floating("glu", x), 2, along);
  return halves[0] * ops::unary<formulas::Sigmoid>(halves[1]);
}

void ops::describe_activations(autograd::Registry& to) {
#define XTAPE_DESCRIBE(Formula) describe_unary<formulas::Formula>(to);
  XTAPE_ACTIVATION_FORMULAS(XTAPE_DESCRIBE)
#undef XTAPE_DESCRIBE
}

}  // namespace xtape
