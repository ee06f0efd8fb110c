#include <algorithm>
#include <limits>
#include <type_traits>
#include <xtape/autograd.hpp>
#include <xtape/detail/floating.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "formulas/list.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "kernels/reduction/integer_sum.hpp"
#include "kernels/reduction/reduce.hpp"
#include "ops/reduction/reduction.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/in_operation.hpp"

// Sums and what is made of them.
namespace xtape {

namespace {

// Whole numbers have sums in int64.
struct Sum {
  static constexpr const char* name = "sum";
  static constexpr bool linear = true;
  Axes axes;
  bool keepdims;

  void attributes(autograd::Attributes& to) const { to("axes", axes), to("keepdims", keepdims); }
  Tensor batch(const ops::Examples&, const ops::Mapped& x) const {
    return autograd::apply(Sum{ops::shifted(axes, x.rank()), keepdims}, x.value);
  }
  autograd::Spec shape(const Tensor& x) const {
    return {ops::reduced_shape(x.shape(), axes, keepdims), is_floating(x.dtype()) ? x.dtype() : DType::int64};
  }
  void compute(const Tensor& x, const Tensor& y) const {
    const ops::Reduction reduction(name, x, axes, keepdims);
    const kernels::AxisView view{reduction.outer, reduction.reduced, reduction.inner};
    core::switch_dtype(x.dtype(), [&]<class T>(T) {
      using Y = std::conditional_t<std::is_floating_point_v<T>, T, int64_t>;
      Y* to = core::elements<Y>(y);
      if constexpr (std::is_floating_point_v<T>) {
        kernels::reduce(kernels::Reduction::sum, core::elements<const T>(reduction.x), to, view);
      } else {
        kernels::integer_sum(core::elements<const T>(reduction.x), to, view);
      }
      if (reduction.repeats == 1) return;
      const Y repeats = static_cast<Y>(reduction.repeats);
      kernels::binary<formulas::Mul>(to, 1, &repeats, 0, to, y.numel());
    });
  }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    const Shape& shape = gradients.shape(0);
    gradients.set(0, ops::expand_reduced(g, ops::reduced_shape(shape, axes, true), shape));
  }
};

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) {
  core::check_defined("sum", x);
  core::checked_axes("sum", axes, x.rank());
  return autograd::apply(Sum{axes, keepdims}, x);
}

namespace {

// How many elements of x each entry of `total`, their sum over some axes, is made of.
double count_of(const Tensor& x, const Tensor& total) {
  return total.numel() ? static_cast<double>(x.numel()) / static_cast<double>(total.numel()) : 1;
}

}  // namespace

// Without elements this is 0 / 0, not a number.
Tensor mean(const Tensor& x, const Axes& axes, bool keepdims) {
  core::check_defined("mean", x);
  core::checked_axes("mean", axes, x.rank());
  if (is_floating(x.dtype()) || x.dtype() == DType::int64) {
    return ops::in_operation("mean", [&] {
      const Tensor total = sum(ops::floating("mean", x), axes, keepdims);
      return total / count_of(x, total);
    });
  }
  // Small whole numbers have an exact sum; a float would lose some of them beyond 2^24.
  return ops::in_operation("mean", [&] {
    const Tensor total = sum(x, axes, keepdims);
    return ops::converted("mean", ops::converted("mean", total, DType::float64) / count_of(x, total),
                          detail::floating_type(x.dtype()));
  });
}

Tensor var(const Tensor& argument, const Axes& axes, bool keepdims, int ddof) {
  core::check_defined("var", argument);
  core::checked_axes("var", axes, argument.rank());
  return ops::in_operation("var", [&] {
    const Tensor x = ops::floating("var", argument);
    const Tensor total = sum(square(x - mean(argument, axes, true)), axes, keepdims);
    const double degrees = count_of(x, total) - ddof;
    // A division gives tangents of 0 the derivative 0, where there is none.
    return degrees > 0 ? total / degrees : total * std::numeric_limits<double>::infinity();
  });
}

Tensor std(const Tensor& x, const Axes& axes, bool keepdims, int ddof) {
  core::check_defined("std", x);
  core::checked_axes("std", axes, x.rank());
  return ops::in_operation("std", [&] {
    // Equal elements have the derivative 0, not that of the square root at 0, infinity, times 0.
    const Tensor squares = var(x, axes, keepdims, ddof), equal_elements = squares == 0;
    return where(equal_elements, 0, sqrt(where(equal_elements, 1, squares)));
  });
}

namespace {

// Factors are multiplied in pairs, so that the derivative is right where some of them are 0.
Tensor product(const Tensor& x, const Axes& axes, bool keepdims) {
  const auto marked = core::checked_axes("prod", axes, x.rank());
  std::vector<int> order;
  Shape rest;
  Shape kept;
  for (const bool wanted : {true, false}) {
    for (std::size_t i = 0; i < marked.size(); ++i) {
      if (marked[i] == wanted) order.push_back(static_cast<int>(i));
      if (marked[i] == wanted && !wanted) rest.push_back(x.shape()[i]);
    }
  }
  for (std::size_t i = 0; i < marked.size(); ++i) kept.push_back(marked[i] ? 1 : x.shape()[i]);

  int64_t count = 1;
  for (std::size_t i = 0; i < marked.size(); ++i) count *= marked[i] ? x.shape()[i] : 1;
  Shape rows = rest;
  rows.insert(0, count);
  Tensor factors = reshape(permute(x, order), rows);
  if (count == 0) return reshape(sum(factors, 0) + 1, keepdims ? kept : rest);
  while (count > 1) {
    const int64_t half = count / 2;
    Tensor pairs = factors.slice(0, {0, half}) * factors.slice(0, {half, 2 * half});
    factors = count % 2 ? concatenate({pairs, factors.slice(0, {2 * half, count})}) : pairs;
    count = half + count % 2;
  }
  return reshape(factors, keepdims ? kept : rest);
}

}  // namespace

Tensor prod(const Tensor& x, const Axes& axes, bool keepdims) {
  core::check_defined("prod", x);
  return ops::in_operation("prod", [&] {
    return product(is_floating(x.dtype()) ? x : ops::converted("prod", x, DType::int64), axes, keepdims);
  });
}

Tensor Tensor::sum(const Axes& axes, bool keepdims) const { return xtape::sum(*this, axes, keepdims); }
Tensor Tensor::mean(const Axes& axes, bool keepdims) const { return xtape::mean(*this, axes, keepdims); }
Tensor Tensor::var(const Axes& axes, bool keepdims, int ddof) const { return xtape::var(*this, axes, keepdims, ddof); }
Tensor Tensor::std(const Axes& axes, bool keepdims, int ddof) const { return xtape::std(*this, axes, keepdims, ddof); }

void ops::describe_sum(autograd::Registry& to) { to.add<Sum, 1>(); }

}  // namespace xtape
