#include <cmath>
#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/reduction/reduce.hpp"
#include "ops/reduction/reduction.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/in_operation.hpp"

// Reductions that pick an element.
namespace xtape {
namespace {

// What tells max from min.
struct Choice {
  const char* name;
  const char* position_name;
  kernels::Reduction reduction;
};
constexpr Choice largest{"max", "argmax", kernels::Reduction::max};
constexpr Choice smallest{"min", "argmin", kernels::Reduction::min};

// The result's shape. @throws ShapeError if one of its elements has none to be chosen from.
Shape chosen_shape(const char* name, const Shape& shape, const Axes& axes, bool keepdims) {
  Shape result = ops::reduced_shape(shape, axes, keepdims);
  if (shape.numel() > 0 || result.numel() == 0) return result;
  throw ShapeError(std::string(name) + ": there are no elements to choose from in shape " + shape.str());
}

struct Extremum {
  const Choice* choice;
  Axes axes;
  bool keepdims;

  void attributes(autograd::Attributes& to) const { to("axes", axes), to("keepdims", keepdims); }
  const char* name() const { return choice->name; }
  Tensor batch(const ops::Examples&, const ops::Mapped& x) const {
    return autograd::apply(Extremum{choice, ops::shifted(axes, x.rank()), keepdims}, x.value);
  }
  autograd::Spec shape(const Tensor& x) const { return {chosen_shape(name(), x.shape(), axes, keepdims), x.dtype()}; }
  void compute(const Tensor& x, const Tensor& y) const {
    const ops::Reduction reduction(name(), x, axes, keepdims);
    core::switch_dtype(x.dtype(), [&]<class T>(T) {
      kernels::reduce(choice->reduction, core::elements<const T>(reduction.x), core::elements<T>(y),
                      {reduction.outer, reduction.reduced, reduction.inner});
    });
  }
  uint32_t keeps(uint32_t) const { return 3; }
  // Those that were chosen: NaN, which equals nothing, if there is any.
  Tensor chosen(const Tensor& x, const Tensor& y) const {
    return logical_or(equal(x, expanded(y, x.shape())), isnan(x));
  }
  Tensor expanded(const Tensor& y, const Shape& shape) const {
    return ops::expand_reduced(y, ops::reduced_shape(shape, axes, true), shape);
  }
  // They share the gradient.
  void vjp(const autograd::Primals& primals, const Tensor& g, autograd::Gradients& gradients) const {
    const Tensor x = primals.input(0);
    const Tensor shares = chosen(x, primals.output());
    const Tensor share = expanded(g, x.shape()) / sum(shares.astype(g.dtype()), axes, true);
    gradients.set(0, where(shares, share, 0));
  }
  Tensor jvp(const autograd::Primals& primals, const Tensor& dx) const {
    const Tensor shares = chosen(primals.input(0), primals.output());
    return sum(where(shares, dx, 0), axes, keepdims) / sum(shares.astype(dx.dtype()), axes, keepdims);
  }
};

struct ArgExtremum {
  static constexpr const char* no_derivative = "positions are whole numbers";
  const Choice* choice;
  int axis;
  bool keepdims;

  void attributes(autograd::Attributes& to) const { to("axis", axis), to("keepdims", keepdims); }
  const char* name() const { return choice->position_name; }
  Tensor batch(const ops::Examples&, const ops::Mapped& x) const {
    return autograd::apply(ArgExtremum{choice, ops::shifted(axis, x.rank()), keepdims}, x.value);
  }
  autograd::Spec shape(const Tensor& x) const {
    return {chosen_shape(name(), x.shape(), axis, keepdims), DType::int64};
  }
  void compute(const Tensor& x, const Tensor& y) const {
    const ops::Reduction reduction(name(), x, axis, keepdims);
    const kernels::AxisView view{reduction.outer, reduction.reduced, reduction.inner};
    core::switch_dtype(x.dtype(), [&]<class T>(T) {
      const T* from = core::elements<const T>(reduction.x);
      auto* to = core::elements<int64_t>(y);
      choice == &largest ? kernels::argmax(from, to, view) : kernels::argmin(from, to, view);
    });
  }
};

Tensor extremum(const Choice& choice, const Tensor& x, const Axes& axes, bool keepdims) {
  core::check_defined(choice.name, x);
  core::checked_axes(choice.name, axes, x.rank());
  return autograd::apply(Extremum{&choice, axes, keepdims}, x);
}

Tensor position(const Choice& choice, const Tensor& x, Axis axis, bool keepdims) {
  core::check_defined(choice.position_name, x);
  core::checked_axis(choice.position_name, axis, x.rank());
  return autograd::apply(ArgExtremum{&choice, axis, keepdims}, x);
}

// any, all: the largest or the smallest of bools.
struct Truth {
  static constexpr const char* no_derivative = "the results are true or false";
  const char* operation;
  kernels::Reduction reduction;
  Axes axes;
  bool keepdims;

  void attributes(autograd::Attributes& to) const { to("axes", axes), to("keepdims", keepdims); }
  const char* name() const { return operation; }
  Tensor batch(const ops::Examples&, const ops::Mapped& x) const {
    return autograd::apply(Truth{operation, reduction, ops::shifted(axes, x.rank()), keepdims}, x.value);
  }
  autograd::Spec shape(const Tensor& x) const { return {ops::reduced_shape(x.shape(), axes, keepdims), DType::bool_}; }
  void compute(const Tensor& x, const Tensor& y) const {
    const ops::Reduction r(operation, x, axes, keepdims);
    kernels::reduce(reduction, core::elements<const bool>(r.x), core::elements<bool>(y), {r.outer, r.reduced, r.inner});
  }
};

Tensor truth(const char* name, kernels::Reduction reduction, const Tensor& x, const Axes& axes, bool keepdims) {
  core::check_defined(name, x);
  core::checked_axes(name, axes, x.rank());
  return autograd::apply(Truth{name, reduction, axes, keepdims}, x.dtype() == DType::bool_ ? x : not_equal(x, 0));
}

}  // namespace

Tensor max(const Tensor& x, const Axes& axes, bool keepdims) { return extremum(largest, x, axes, keepdims); }
Tensor min(const Tensor& x, const Axes& axes, bool keepdims) { return extremum(smallest, x, axes, keepdims); }
Tensor argmax(const Tensor& x, Axis axis, bool keepdims) { return position(largest, x, axis, keepdims); }
Tensor argmin(const Tensor& x, Axis axis, bool keepdims) { return position(smallest, x, axis, keepdims); }

Tensor any(const Tensor& x, const Axes& axes, bool keepdims) {
  return truth("any", kernels::Reduction::max, x, axes, keepdims);
}
Tensor all(const Tensor& x, const Axes& axes, bool keepdims) {
  return truth("all", kernels::Reduction::min, x, axes, keepdims);
}

Tensor logsumexp(const Tensor& argument, const Axes& axes, bool keepdims) {
  core::check_defined("logsumexp", argument);
  core::checked_axes("logsumexp", axes, argument.rank());
  chosen_shape("logsumexp", argument.shape(), axes, true);
  return ops::in_operation("logsumexp", [&] {
    const Tensor x = ops::floating("logsumexp", argument);
    Tensor peak = max(x.detach(), axes, true);
    // exp(x - infinity) is no number where x is infinite too.
    peak = where(isfinite(peak), peak, 0);
    // A sum of nothing but exp(-infinity) has no slope.
    const Tensor powers = sum(exp(x - peak), axes, true), nothing = powers == 0;
    const Tensor total = where(nothing, -INFINITY, log(where(nothing, 1, powers))) + peak;
    return keepdims ? total : sum(total, axes);
  });
}

Tensor Tensor::max(const Axes& axes, bool keepdims) const { return xtape::max(*this, axes, keepdims); }
Tensor Tensor::min(const Axes& axes, bool keepdims) const { return xtape::min(*this, axes, keepdims); }

void ops::describe_extremum(autograd::Registry& to) {
  for (const Choice* choice : {&largest, &smallest}) {
    to.add<Extremum, 1>(choice->name);
    to.add<ArgExtremum, 1>(choice->position_name);
  }
  for (const char* name : {"any", "all"}) to.add<Truth, 1>(name);
}

}  // namespace xtape
