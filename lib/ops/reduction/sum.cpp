#include <algorithm>
#include <type_traits>
#include <xtape/autograd.hpp>
#include <xtape/detail/floating.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/record.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/reduction/integer_sum.hpp"
#include "kernels/reduction/reduce.hpp"
#include "ops/reduction/reduction.hpp"
#include "ops/support/conversion.hpp"

// Sums and what is made of them.
namespace xtape {

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) {
  core::check_defined("sum", x);
  const ops::Reduction reduction("sum", x, axes, keepdims);

  Tensor y = core::make_tensor(reduction.result_shape(), is_floating(x.dtype()) ? x.dtype() : DType::int64, "sum");
  core::switch_dtype(x.dtype(), [&]<class T>(T) {
    const kernels::AxisView view{reduction.outer, reduction.reduced, reduction.inner};
    if constexpr (std::is_floating_point_v<T>) {
      kernels::reduce(kernels::Reduction::sum, core::elements<const T>(reduction.x), core::elements<T>(y), view);
    } else {
      kernels::integer_sum(core::elements<const T>(reduction.x), core::elements<int64_t>(y), view);
    }
  });

  if (reduction.repeats > 1) {
    const NoGrad no_grad;
    y = y * reduction.repeats;
  }

  if (autograd::needs_grad(x)) {
    autograd::record("sum", y, autograd::Inputs{x},
                     [kept = reduction.kept_shape, shape = x.shape()](const Tensor& g, autograd::Gradients& gradients) {
                       gradients.set(0, ops::expand_reduced(g, kept, shape));
                     });
  }
  return y;
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
    const Tensor total = sum(ops::floating("mean", x), axes, keepdims);
    return total / count_of(x, total);
  }
  // Small whole numbers have an exact sum; a float would lose some of them beyond 2^24.
  const Tensor total = sum(x, axes, keepdims);
  return ops::converted("mean", ops::converted("mean", total, DType::float64) / count_of(x, total),
                        detail::floating_type(x.dtype()));
}

Tensor var(const Tensor& argument, const Axes& axes, bool keepdims, int ddof) {
  core::check_defined("var", argument);
  core::checked_axes("var", axes, argument.rank());
  const Tensor x = ops::floating("var", argument);
  const Tensor total = sum(square(x - mean(argument, axes, true)), axes, keepdims);
  return total / std::max(count_of(x, total) - ddof, 0.0);
}

Tensor std(const Tensor& x, const Axes& axes, bool keepdims, int ddof) {
  core::check_defined("std", x);
  core::checked_axes("std", axes, x.rank());
  // Equal elements have the derivative 0, not that of the square root at 0, infinity, times 0.
  const Tensor squares = var(x, axes, keepdims, ddof), equal_elements = squares == 0;
  return where(equal_elements, 0, sqrt(where(equal_elements, 1, squares)));
}

// Factors are multiplied in pairs, so that the derivative is right where some of them are 0.
Tensor prod(const Tensor& argument, const Axes& axes, bool keepdims) {
  core::check_defined("prod", argument);
  const Tensor x = is_floating(argument.dtype()) ? argument : ops::converted("prod", argument, DType::int64);
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

Tensor Tensor::sum(const Axes& axes, bool keepdims) const { return xtape::sum(*this, axes, keepdims); }
Tensor Tensor::mean(const Axes& axes, bool keepdims) const { return xtape::mean(*this, axes, keepdims); }
Tensor Tensor::var(const Axes& axes, bool keepdims, int ddof) const { return xtape::var(*this, axes, keepdims, ddof); }
Tensor Tensor::std(const Axes& axes, bool keepdims, int ddof) const { return xtape::std(*this, axes, keepdims, ddof); }

}  // namespace xtape
