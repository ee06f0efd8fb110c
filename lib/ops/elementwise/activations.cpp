#include <xtape/detail/numbers.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

#include "ops/registry.hpp"
#include "ops/support/annotation.hpp"
#include "ops/elementwise/unary.hpp"

namespace xtape {

Tensor sigmoid(const Tensor& x) {
  Tensor y = ops::unary<formulas::Sigmoid>(x);
  ops::attach_logits(y, ops::Probability::sigmoid, x);
  return y;
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
Tensor softplus(const Tensor& x) { return ops::unary<formulas::Softplus>(x); }
Tensor softsign(const Tensor& x) { return ops::unary<formulas::Softsign>(x); }
Tensor silu(const Tensor& x) { return ops::unary<formulas::Silu>(x); }
Tensor mish(const Tensor& x) { return ops::unary<formulas::Mish>(x); }
Tensor gelu(const Tensor& x, bool approximate) {
  return approximate ? ops::unary<formulas::GeluTanh>(x) : ops::unary<formulas::Gelu>(x);
}

void ops::describe_activations(autograd::Registry& to) {
#define XTAPE_DESCRIBE(Formula) describe_unary<formulas::Formula>(to);
  XTAPE_ACTIVATION_FORMULAS(XTAPE_DESCRIBE)
#undef XTAPE_DESCRIBE
}

}  // namespace xtape
