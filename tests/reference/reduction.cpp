#include <xtape/xtape.hpp>

#include "reference/calls.hpp"

namespace xtape::test {
namespace {

// All of them where there is no such argument.
Axes axes_of(const Config& arguments) {
  if (!arguments.contains("axes")) return {};
  const std::vector<int64_t> axes = arguments.integers("axes");
  return std::vector<int>(axes.begin(), axes.end());
}

bool keepdims_of(const Config& arguments) { return arguments.flag("keepdims", false); }

Call reduction(Tensor (*op)(const Tensor&, const Axes&, bool)) {
  return [op](const Tensors& x, const Config& arguments) -> Tensors {
    return {op(x[0], axes_of(arguments), keepdims_of(arguments))};
  };
}

Call deviation(Tensor (*op)(const Tensor&, const Axes&, bool, int)) {
  return [op](const Tensors& x, const Config& arguments) -> Tensors {
    const int ddof = static_cast<int>(arguments.integer("ddof", 0));
    return {op(x[0], axes_of(arguments), keepdims_of(arguments), ddof)};
  };
}

Call position(Tensor (*op)(const Tensor&, Axis, bool)) {
  return [op](const Tensors& x, const Config& arguments) -> Tensors {
    return {op(x[0], axis_of(arguments, 0), keepdims_of(arguments))};
  };
}

}  // namespace

Calls reduction_calls() {
  return {
      {"sum", reduction(sum)},        {"mean", reduction(mean)},    {"prod", reduction(prod)},
      {"max", reduction(max)},        {"min", reduction(min)},      {"logsumexp", reduction(logsumexp)},
      {"any", reduction(any)},        {"all", reduction(all)},      {"var", deviation(var)},
      {"std", deviation(xtape::std)}, {"argmax", position(argmax)}, {"argmin", position(argmin)},
  };
}

}  // namespace xtape::test
