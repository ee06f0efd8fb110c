#include "kernels/random/dropout.hpp"

#include <xtape/detail/floating.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/dropout.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/random.hpp"
#include "kernels/random/random.hpp"
#include "ops/registry.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

namespace {

// Drops what the mask says. Linear in x, and its own adjoint.
struct ApplyDropoutMask {
  static constexpr const char* name = "apply_dropout_mask";
  double rate;

  void attributes(autograd::Attributes& to) const { to("rate", rate); }
  const Tensor& like(const Tensor& x, const Tensor&) const { return x; }
  void compute(const Tensor& argument, const Tensor& mask, const Tensor& y) const {
    const Tensor x = ops::dense(name, argument);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::apply_dropout_mask(rate, x.numel(), core::elements<const uint64_t>(mask), core::elements<const T>(x),
                                  core::elements<T>(y));
    });
  }
  uint32_t keeps(uint32_t) const { return 2; }
  void vjp(const autograd::Primals& primals, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, autograd::apply(*this, g, primals.input(1)));
  }
  Tensor jvp(const autograd::Primals& primals, const Tensor& dx, const Tensor&) const {
    return autograd::apply(*this, dx, primals.input(1));
  }
};

// The result, and the mask, which derivatives apply again. The numbers are drawn where it is computed: a replay draws
// its own.
struct Dropout {
  static constexpr const char* name = "dropout";
  static constexpr std::size_t outputs = 2;
  double rate;

  void attributes(autograd::Attributes& to) const { to("rate", rate); }
  std::array<autograd::Spec, 2> shape(const Tensor& x) const {
    return {autograd::Spec{x.shape(), x.dtype()}, {{kernels::dropout_mask_size(x.numel())}, DType::int64}};
  }
  void compute(const Tensor& argument, const Tensor& y, const Tensor& mask) const {
    const Tensor x = ops::dense(name, argument);
    const RandomState state = core::reserve_random(kernels::random_blocks(x.numel()));
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::dropout(state, rate, x.numel(), core::elements<const T>(x), core::elements<T>(y),
                       core::elements<uint64_t>(mask));
    });
  }
  uint32_t keeps(uint32_t) const { return 4; }
  void vjp(const autograd::Primals& primals, std::span<const Tensor> g, autograd::Gradients& gradients) const {
    if (g[0].defined()) gradients.set(0, autograd::apply(ApplyDropoutMask{rate}, g[0], primals.output(1)));
  }
  std::array<Tensor, 2> jvp(const autograd::Primals& primals, const Tensor& dx) const {
    return {autograd::apply(ApplyDropoutMask{rate}, dx, primals.output(1)), Tensor()};
  }
};

}  // namespace

Tensor dropout(const Tensor& x, double rate) {
  core::check_defined("dropout", x);
  detail::check_number("dropout", "rate", rate, detail::Range::from_0_below_1);
  return autograd::apply(Dropout{rate}, detail::to_floating(x))[0];
}

void ops::describe_dropout(autograd::Registry& to) {
  to.add<Dropout, 1>();
  to.add<ApplyDropoutMask, 2>();
}

}  // namespace xtape
