#include "kernels/softmax/softmax.hpp"

#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "ops/registry.hpp"
#include "ops/softmax/along_axis.hpp"
#include "ops/support/annotation.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using ops::along_axis;
using ops::row_count;

namespace {

// The Jacobian, diag(p) - p p', is symmetric: it gives vjp and jvp.
struct SoftmaxVjp {
  static constexpr const char* name = "softmax_vjp";

  Tensor batch(const ops::Examples& examples, const ops::Mapped& g, const ops::Mapped& result) const {
    return autograd::apply(*this, ops::stacked(g, examples), ops::stacked(result, examples));
  }
  const Tensor& like(const Tensor&, const Tensor& p) const { return p; }
  void compute(const Tensor& given, const Tensor& result, const Tensor& y) const {
    const Tensor g = ops::dense(name, given), p = ops::dense(name, result);
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      kernels::softmax_vjp(core::elements<const T>(g), core::elements<const T>(p), core::elements<T>(y), row_count(y),
                           y.shape().back());
    });
  }
  Tensor decompose(const Tensor& g, const Tensor& p) const { return p * (g - sum(g * p, -1, true)); }
};

// Over the last axis of a contiguous x.
struct Softmax {
  static constexpr const char* name = "softmax";

  Tensor batch(const ops::Examples&, const ops::Mapped& x) const { return autograd::apply(*this, x.value); }
  const Tensor& like(const Tensor& x) const { return x; }
  void compute(const Tensor& given, const Tensor& y) const {
    const Tensor x = ops::dense(name, given);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::softmax(core::elements<const T>(x), core::elements<T>(y), row_count(x), x.shape().back());
    });
  }
  uint32_t keeps(uint32_t) const { return 2; }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const { gradients.set(0, jvp(primals, g)); }
  Tensor jvp(const Primals& primals, const Tensor& dx) const {
    return autograd::apply(SoftmaxVjp{}, dx, primals.output());
  }
  std::pair<Tensor, Tensor> dual(const Tensor& x, const Tensor& dx) const {
    Tensor y = autograd::evaluate(*this, true, x);
    Tensor dy = autograd::evaluate(SoftmaxVjp{}, true, dx, y);
    return {std::move(y), std::move(dy)};
  }
};

struct LogSoftmaxVjp {
  static constexpr const char* name = "log_softmax_vjp";

  Tensor batch(const ops::Examples& examples, const ops::Mapped& g, const ops::Mapped& result) const {
    return autograd::apply(*this, ops::stacked(g, examples), ops::stacked(result, examples));
  }
  const Tensor& like(const Tensor&, const Tensor& log_p) const { return log_p; }
  void compute(const Tensor& given, const Tensor& result, const Tensor& y) const {
    const Tensor g = ops::dense(name, given), log_p = ops::dense(name, result);
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      kernels::log_softmax_vjp(core::elements<const T>(g), core::elements<const T>(log_p), core::elements<T>(y),
                               row_count(y), y.shape().back());
    });
  }
  Tensor decompose(const Tensor& g, const Tensor& log_p) const { return g - exp(log_p) * sum(g, -1, true); }
};

// Its transpose.
struct LogSoftmaxJvp {
  static constexpr const char* name = "log_softmax_jvp";

  Tensor batch(const ops::Examples& examples, const ops::Mapped& dx, const ops::Mapped& result) const {
    return autograd::apply(*this, ops::stacked(dx, examples), ops::stacked(result, examples));
  }
  const Tensor& like(const Tensor&, const Tensor& log_p) const { return log_p; }
  void compute(const Tensor& given, const Tensor& result, const Tensor& y) const {
    const Tensor dx = ops::dense(name, given), log_p = ops::dense(name, result);
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      kernels::log_softmax_jvp(core::elements<const T>(dx), core::elements<const T>(log_p), core::elements<T>(y),
                               row_count(y), y.shape().back());
    });
  }
  Tensor decompose(const Tensor& dx, const Tensor& log_p) const { return dx - sum(exp(log_p) * dx, -1, true); }
};

// Over the last axis of a contiguous x.
struct LogSoftmax {
  static constexpr const char* name = "log_softmax";

  Tensor batch(const ops::Examples&, const ops::Mapped& x) const { return autograd::apply(*this, x.value); }
  const Tensor& like(const Tensor& x) const { return x; }
  void compute(const Tensor& given, const Tensor& y) const {
    const Tensor x = ops::dense(name, given);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::log_softmax(core::elements<const T>(x), core::elements<T>(y), row_count(x), x.shape().back());
    });
  }
  uint32_t keeps(uint32_t) const { return 2; }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const {
    gradients.set(0, autograd::apply(LogSoftmaxVjp{}, g, primals.output()));
  }
  Tensor jvp(const Primals& primals, const Tensor& dx) const {
    return autograd::apply(LogSoftmaxJvp{}, dx, primals.output());
  }
  std::pair<Tensor, Tensor> dual(const Tensor& x, const Tensor& dx) const {
    Tensor y = autograd::evaluate(*this, true, x);
    Tensor dy = autograd::evaluate(LogSoftmaxJvp{}, true, dx, y);
    return {std::move(y), std::move(dy)};
  }
};

Tensor softmax_rows(const Tensor& x) {
  Tensor y = autograd::apply(Softmax{}, x);
  ops::attach_logits(y, ops::Probability::softmax, x);
  return y;
}

Tensor log_softmax_rows(const Tensor& x) { return autograd::apply(LogSoftmax{}, x); }

}  // namespace

Tensor softmax(const Tensor& x, Axis axis) { return along_axis("softmax", x, axis, softmax_rows); }
Tensor log_softmax(const Tensor& x, Axis axis) { return along_axis("log_softmax", x, axis, log_softmax_rows); }

void ops::describe_softmax(autograd::Registry& to) {
  to.add<Softmax, 1>();
  to.add<SoftmaxVjp, 2>();
  to.add<LogSoftmax, 1>();
  to.add<LogSoftmaxVjp, 2>();
  to.add<LogSoftmaxJvp, 2>();
}

}  // namespace xtape
