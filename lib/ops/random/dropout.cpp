#include "kernels/random/dropout.hpp"

#include <xtape/detail/numbers.hpp>
#include <xtape/ops/dropout.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/random.hpp"
#include "kernels/random/random.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;

namespace {

void record_dropout(const Tensor& y, const Tensor& x, const Tensor& mask, double rate);

// Drops what `mask` says. Linear in x: the derivative, and the derivative of that.
Tensor apply_mask(const Tensor& argument, const Tensor& mask, double rate) {
  const Tensor x = ops::contiguous("dropout", argument);
  const Tensor y = core::make_like(x, "dropout");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::apply_dropout_mask(rate, x.numel(), core::elements<const uint64_t>(mask), core::elements<const T>(x),
                                core::elements<T>(y));
  });
  record_dropout(y, x, mask, rate);
  return y;
}

void record_dropout(const Tensor& y, const Tensor& x, const Tensor& mask, double rate) {
  if (!autograd::needs_grad(x)) return;
  autograd::record("dropout", y, Inputs{x}, [mask, rate](const Tensor& g, Gradients& gradients) {
    gradients.set(0, apply_mask(g, mask, rate));
  });
}

}  // namespace

Tensor dropout(const Tensor& argument, double rate) {
  core::check_defined("dropout", argument);
  detail::check_number("dropout", "rate", rate, detail::Range::from_0_below_1);

  const Tensor x = ops::contiguous_floating("dropout", argument);
  const Tensor y = core::make_like(x, "dropout");
  const Tensor mask = core::make_tensor({kernels::dropout_mask_size(x.numel())}, DType::int64, "dropout");
  const RandomState state = core::reserve_random(kernels::random_blocks(x.numel()));
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::dropout(state, rate, x.numel(), core::elements<const T>(x), core::elements<T>(y),
                     core::elements<uint64_t>(mask));
  });

  record_dropout(y, x, mask, rate);
  return y;
}

}  // namespace xtape
