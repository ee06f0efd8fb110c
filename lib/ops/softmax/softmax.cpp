#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/softmax/softmax.hpp"
#include "ops/support/annotation.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;

namespace {

// The kernels work on rows: the last axis.
template <class Rows>
Tensor along_axis(const char* name, const Tensor& argument, int axis, const Rows& rows) {
  core::check_defined(name, argument);
  const int position = core::checked_axis(name, axis, argument.rank());
  const Tensor x = ops::floating(name, argument);
  if (position == x.rank() - 1) return rows(ops::contiguous(name, x));
  return rows(ops::contiguous(name, x.transpose(position, -1))).transpose(position, -1);
}

// One fused pass over (gradient, result).
template <class Kernel>
Tensor fused_vjp(const char* name, const Tensor& gradient, const Tensor& y, const Kernel& kernel) {
  const Tensor g = ops::contiguous(name, gradient);
  const Tensor result = core::make_like(y, name);
  core::switch_floating(y.dtype(), [&]<class T>(T) {
    kernel(core::elements<const T>(g), core::elements<const T>(y), core::elements<T>(result));
  });
  return result;
}

int64_t row_count(const Tensor& x) { return Shape(x.shape().begin(), x.shape().end() - 1).numel(); }

Tensor softmax_rows(const Tensor& x) {
  const int64_t rows = row_count(x);
  const int64_t columns = x.shape().back();
  Tensor y = core::make_like(x, "softmax");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::softmax(core::elements<const T>(x), core::elements<T>(y), rows, columns);
  });

  ops::attach_logits(y, ops::Probability::softmax, x);
  if (autograd::needs_grad(x)) {
    autograd::record("softmax", y, Inputs{x},
                     [y = Saved::output(y), rows, columns](const Tensor& g, Gradients& gradients) {
                       const Tensor p = y.get();
                       if (autograd::recording) {
                         gradients.set(0, p * (g - sum(g * p, -1, true)));
                       } else {
                         const auto kernel = [&](auto* gradient, auto* result, auto* out) {
                           kernels::softmax_vjp(gradient, result, out, rows, columns);
                         };
                         gradients.set(0, fused_vjp("softmax", g, p, kernel));
                       }
                     });
  }
  return y;
}

Tensor log_softmax_rows(const Tensor& x) {
  const int64_t rows = row_count(x);
  const int64_t columns = x.shape().back();
  Tensor y = core::make_like(x, "log_softmax");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::log_softmax(core::elements<const T>(x), core::elements<T>(y), rows, columns);
  });

  if (autograd::needs_grad(x)) {
    autograd::record("log_softmax", y, Inputs{x},
                     [y = Saved::output(y), rows, columns](const Tensor& g, Gradients& gradients) {
                       const Tensor log_p = y.get();
                       if (autograd::recording) {
                         gradients.set(0, g - exp(log_p) * sum(g, -1, true));
                       } else {
                         const auto kernel = [&](auto* gradient, auto* result, auto* out) {
                           kernels::log_softmax_vjp(gradient, result, out, rows, columns);
                         };
                         gradients.set(0, fused_vjp("log_softmax", g, log_p, kernel));
                       }
                     });
  }
  return y;
}

}  // namespace

Tensor softmax(const Tensor& x, Axis axis) { return along_axis("softmax", x, axis, softmax_rows); }
Tensor log_softmax(const Tensor& x, Axis axis) { return along_axis("log_softmax", x, axis, log_softmax_rows); }

}  // namespace xtape
