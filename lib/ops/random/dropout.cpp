#include "kernels/random/dropout.hpp"

#include <xtape/detail/floating.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/dropout.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/random.hpp"
#include "kernels/random/random.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

namespace {

// Calls body(row, elements) for parts of x that have masks of their own: one for each of the leading axes of the mask.
template <class Body>
void for_each_mask(const Tensor& x, const Tensor& mask, const Body& body) {
  const int64_t rows = Shape(mask.shape().begin(), mask.shape().end() - 1).numel();
  for (int64_t row = 0; row < rows; ++row) body(row, x.numel() / rows);
}

// Drops what the mask says. Linear in x, and its own adjoint.
struct ApplyDropoutMask {
  static constexpr const char* name = "apply_dropout_mask";
  double rate;

  void attributes(autograd::Attributes& to) const { to("rate", rate); }
  const Tensor& like(const Tensor& x, const Tensor&) const { return x; }
  Tensor batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& mask) const {
    return autograd::apply(*this, ops::stacked(x, examples), ops::stacked(mask, examples));
  }
  void compute(const Tensor& argument, const Tensor& given_mask, const Tensor& y) const {
    const Tensor x = ops::dense(name, argument), mask = ops::dense(name, given_mask);
    const int64_t words = mask.shape().back();
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      for_each_mask(x, mask, [&](int64_t row, int64_t count) {
        kernels::apply_dropout_mask(rate, count, core::elements<const uint64_t>(mask) + row * words,
                                    core::elements<const T>(x) + row * count, core::elements<T>(y) + row * count);
      });
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
// its own. Each entry of the first `leading` axes draws as if it were alone.
struct Dropout {
  static constexpr const char* name = "dropout";
  static constexpr std::size_t outputs = 2;
  static constexpr bool random = true;
  double rate;
  int leading = 0;

  void attributes(autograd::Attributes& to) const { to("rate", rate), to("leading", leading); }
  std::array<Tensor, 2> batch(const ops::Examples& examples, const ops::Mapped& x) const {
    const Tensor all = ops::stacked(x, examples);
    if (examples.randomness == Randomness::different) return autograd::apply(Dropout{rate, leading + 1}, all);
    const Tensor one = all.slice(0, {0, 1}).squeeze(0);
    const Tensor mask = autograd::apply(*this, one)[1];
    return {autograd::apply(ApplyDropoutMask{rate}, all, ops::stacked({mask}, examples)),
            ops::stacked({mask}, examples)};
  }
  std::array<autograd::Spec, 2> shape(const Tensor& x) const {
    Shape mask(x.shape().begin(), x.shape().begin() + leading);
    mask.push_back(kernels::dropout_mask_size(Shape(x.shape().begin() + leading, x.shape().end()).numel()));
    return {autograd::Spec{x.shape(), x.dtype()}, {mask, DType::int64}};
  }
  void compute(const Tensor& argument, const Tensor& y, const Tensor& mask) const {
    const Tensor x = ops::dense(name, argument);
    const int64_t words = mask.shape().back();
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      for_each_mask(x, mask, [&](int64_t row, int64_t count) {
        const RandomState state = core::reserve_random(kernels::random_blocks(count));
        kernels::dropout(state, rate, count, core::elements<const T>(x) + row * count,
                         core::elements<T>(y) + row * count, core::elements<uint64_t>(mask) + row * words);
      });
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
