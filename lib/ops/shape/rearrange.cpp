#include <algorithm>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include "core/checks.hpp"

// Views made of other ones.
namespace xtape {

Tensor swapaxes(const Tensor& x, Axis axis_a, Axis axis_b) {
  core::check_defined("swapaxes", x);
  const int a = core::checked_axis("swapaxes", axis_a, x.rank()), b = core::checked_axis("swapaxes", axis_b, x.rank());
  return x.transpose(a, b);
}

Tensor moveaxis(const Tensor& x, const Axes& source, const Axes& destination) {
  core::check_defined("moveaxis", x);
  const auto &from = source.values(), &to = destination.values();
  if (source.all() || destination.all() || from.size() != to.size()) {
    throw ValueError("moveaxis: expected as many destinations as sources, given " + std::to_string(to.size()) +
                     " and " + std::to_string(from.size()));
  }
  const auto moved = core::checked_axes("moveaxis", source, x.rank());
  const auto taken = core::checked_axes("moveaxis", destination, x.rank());
  std::vector<int> axes(static_cast<std::size_t>(x.rank()), -1);
  for (std::size_t i = 0; i < from.size(); ++i) {
    axes[static_cast<std::size_t>(core::checked_axis("moveaxis", to[i], x.rank()))] =
        core::checked_axis("moveaxis", from[i], x.rank());
  }
  // The others keep their order.
  int next = 0;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (taken[static_cast<std::size_t>(axis)]) continue;
    while (moved[static_cast<std::size_t>(next)]) ++next;
    axes[static_cast<std::size_t>(axis)] = next++;
  }
  return x.permute(axes);
}

Tensor flip(const Tensor& x, const Axes& axes) {
  core::check_defined("flip", x);
  const auto flipped = core::checked_axes("flip", axes, x.rank());
  Tensor result = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (flipped[static_cast<std::size_t>(axis)]) result = result.slice(axis, {.step = -1});
  }
  return result;
}

const std::vector<Tensor> unstack(const Tensor& x, Axis axis) {
  core::check_defined("unstack", x);
  const int along = core::checked_axis("unstack", axis, x.rank());
  if (x.shape(along) == 0) return {};
  std::vector<Tensor> parts = split(x, x.shape(along), along);
  for (Tensor& part : parts) part = part.squeeze(along);
  return parts;
}

}  // namespace xtape
