#include <cmath>
#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/record.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/reduction/reduce.hpp"
#include "ops/reduction/reduction.hpp"
#include "ops/support/conversion.hpp"

// Reductions that pick an element.
namespace xtape {
namespace {

void check_nonempty(const char* name, const ops::Reduction& reduction, const Tensor& x) {
  if (reduction.reduced == 0 && reduction.outer * reduction.inner > 0) {
    throw ShapeError(std::string(name) + ": there are no elements to choose from in shape " + x.shape().str());
  }
}

struct Largest {
  static constexpr kernels::Reduction reduction = kernels::Reduction::max;
  template <class T>
  static void position(const ops::Reduction& r, const T* x, int64_t* y) {
    kernels::argmax(x, y, {r.outer, r.reduced, r.inner});
  }
};

struct Smallest {
  static constexpr kernels::Reduction reduction = kernels::Reduction::min;
  template <class T>
  static void position(const ops::Reduction& r, const T* x, int64_t* y) {
    kernels::argmin(x, y, {r.outer, r.reduced, r.inner});
  }
};

template <class Choice>
Tensor extremum(const char* name, const Tensor& x, const Axes& axes, bool keepdims) {
  core::check_defined(name, x);
  const ops::Reduction reduction(name, x, axes, keepdims);
  check_nonempty(name, reduction, x);

  Tensor y = core::make_tensor(reduction.result_shape(), x.dtype(), name);
  core::switch_dtype(x.dtype(), [&]<class T>(T) {
    kernels::reduce(Choice::reduction, core::elements<const T>(reduction.x), core::elements<T>(y),
                    {reduction.outer, reduction.reduced, reduction.inner});
  });

  if (autograd::needs_grad(x)) {
    autograd::record(name, y, autograd::Inputs{x},
                     [x = autograd::Saved(x), y = autograd::Saved::output(y), kept = reduction.kept_shape, axes](
                         const Tensor& g, autograd::Gradients& gradients) {
                       const Tensor input = x.get();
                       // NaN, which equals nothing, was chosen if there is any.
                       const Tensor chosen =
                           logical_or(equal(input, ops::expand_reduced(y.get(), kept, input.shape())), isnan(input));
                       const Tensor share =
                           ops::expand_reduced(g, kept, input.shape()) / sum(chosen.astype(g.dtype()), axes, true);
                       gradients.set(0, where(chosen, share, 0));
                     });
  }
  return y;
}

template <class Choice>
Tensor position(const char* name, const Tensor& x, int axis, bool keepdims) {
  core::check_defined(name, x);
  const ops::Reduction reduction(name, x, axis, keepdims);
  check_nonempty(name, reduction, x);
  const Tensor y = core::make_tensor(reduction.result_shape(), DType::int64, name);
  core::switch_dtype(x.dtype(), [&]<class T>(T) {
    Choice::position(reduction, core::elements<const T>(reduction.x), core::elements<int64_t>(y));
  });
  return y;
}

Tensor truth(const char* name, kernels::Reduction kernel, const Tensor& x, const Axes& axes, bool keepdims) {
  core::check_defined(name, x);
  const ops::Reduction reduction(name, x.dtype() == DType::bool_ ? x : not_equal(x, 0), axes, keepdims);
  const Tensor y = core::make_tensor(reduction.result_shape(), DType::bool_, name);
  kernels::reduce(kernel, core::elements<const bool>(reduction.x), core::elements<bool>(y),
                  {reduction.outer, reduction.reduced, reduction.inner});
  return y;
}

}  // namespace

Tensor max(const Tensor& x, const Axes& axes, bool keepdims) { return extremum<Largest>("max", x, axes, keepdims); }
Tensor min(const Tensor& x, const Axes& axes, bool keepdims) { return extremum<Smallest>("min", x, axes, keepdims); }
Tensor argmax(const Tensor& x, Axis axis, bool keepdims) { return position<Largest>("argmax", x, axis, keepdims); }
Tensor argmin(const Tensor& x, Axis axis, bool keepdims) { return position<Smallest>("argmin", x, axis, keepdims); }

Tensor any(const Tensor& x, const Axes& axes, bool keepdims) {
  return truth("any", kernels::Reduction::max, x, axes, keepdims);
}
Tensor all(const Tensor& x, const Axes& axes, bool keepdims) {
  return truth("all", kernels::Reduction::min, x, axes, keepdims);
}

Tensor logsumexp(const Tensor& argument, const Axes& axes, bool keepdims) {
  core::check_defined("logsumexp", argument);
  core::checked_axes("logsumexp", axes, argument.rank());
  const Tensor x = ops::floating("logsumexp", argument);
  Tensor largest = x.detach();
  {
    const NoGrad no_grad;
    largest = extremum<Largest>("logsumexp", largest, axes, true);
    // exp(x - infinity) is no number where x is infinite too.
    largest = where(isfinite(largest), largest, 0);
  }
  // A sum of nothing but exp(-infinity) has no slope.
  const Tensor powers = sum(exp(x - largest), axes, true), nothing = powers == 0;
  const Tensor total = where(nothing, -INFINITY, log(where(nothing, 1, powers))) + largest;
  return keepdims ? total : sum(total, axes);
}

Tensor Tensor::max(const Axes& axes, bool keepdims) const { return xtape::max(*this, axes, keepdims); }
Tensor Tensor::min(const Axes& axes, bool keepdims) const { return xtape::min(*this, axes, keepdims); }

}  // namespace xtape
