#include "ops/normalization/normalization.hpp"

#include <limits>
#include <string>
#include <tuple>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "ops/normalization/scaled_to_norm.hpp"

namespace xtape::ops {

void check_epsilon(const char* operation, double epsilon) {
  detail::check_number(operation, "epsilon", epsilon, detail::Range::finite_and_not_negative);
}

void check_normalization(const char* operation, const Tensor& x, const Tensor& gamma, const Tensor& beta) {
  core::check_floating(operation, x);
  if (x.rank() == 0) throw ShapeError(std::string(operation) + ": x must have at least one dimension");
  const Shape expected{x.shape().back()};
  for (const Tensor* parameter : {&gamma, &beta}) {
    if (!parameter->defined()) continue;
    if (parameter->shape() != expected) {
      throw ShapeError(std::string(operation) + ": parameters must have shape " + expected.str() + " for x " +
                       x.shape().str() + ", got " + parameter->shape().str());
    }
    if (parameter->dtype() != x.dtype()) {
      throw DTypeError(std::string(operation) + ": parameters must be " + name(x.dtype()) + " as x, got " +
                       name(parameter->dtype()));
    }
  }
}

Tensor scale_and_shift(Tensor x, const Tensor& gamma, const Tensor& beta) {
  if (gamma.defined()) x = x * gamma;
  return beta.defined() ? x + beta : x;
}

Axes all_but_last(const Tensor& x) {
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.rank(); ++i) axes.push_back(i);
  return axes;
}

namespace {

// What is normalized, and 1 / sqrt(variance + epsilon).
struct Normalized {
  Tensor y, rstd;

  Normalized(const Tensor& x, const Axes& axes, double epsilon, LargeVariance large) {
    // Far from zero little of what rounding takes from sums is left in the deviations from an element.
    Tensor first = x.detach();
    const auto marked = core::checked_axes("normalization", axes, x.rank());
    for (int axis = 0; axis < x.rank(); ++axis) {
      if (marked[static_cast<std::size_t>(axis)]) first = first.slice(axis, {0, 1});
    }
    const Tensor from_first = x - first, difference = from_first - mean(from_first, axes, true);
    const Tensor scale = rsqrt(mean(square(difference.detach()), axes, true) + epsilon);
    const double count = scale.numel() ? static_cast<double>(x.numel()) / static_cast<double>(scale.numel()) : 1;
    constexpr double any = std::numeric_limits<double>::infinity();
    std::tie(y, rstd) = scaled_to_norm(difference, scale, axes, count, epsilon, any, large == LargeVariance::exact);
  }

  // The Jacobian is symmetric: this, scaled, is the gradient from a gradient, and the tangent from a tangent. Tangents
  // have the size of x, and are scaled before they are summed: their sums might overflow.
  Tensor projected(const Tensor& t, const Axes& axes) const {
    return t - mean(t, axes, true) - y * mean(t * y, axes, true);
  }
  Tensor gradient(const Tensor& g, const Axes& axes) const { return rstd * projected(g, axes); }
  Tensor tangent(const Tensor& dx, const Axes& axes) const { return projected(dx * rstd, axes); }
};

}  // namespace

Tensor normalized(const Tensor& x, const Axes& axes, double epsilon, LargeVariance large) {
  return Normalized(x, axes, epsilon, large).y;
}

Tensor normalization_jvp(const Tensor& dx, const Tensor& x, const Tensor& gamma, const Tensor& dgamma,
                         const Tensor& dbeta, const Axes& axes, double epsilon, LargeVariance large) {
  const Normalized normal(x, axes, epsilon, large);
  const Tensor tangent = scale_and_shift(normal.tangent(dx, axes), gamma, dbeta);
  return dgamma.defined() ? tangent + normal.y * dgamma : tangent;
}

std::array<Tensor, 3> normalization_vjp(const Tensor& g, const Tensor& x, const Tensor& gamma, const Axes& axes,
                                        double epsilon, LargeVariance large) {
  const Normalized normal(x, axes, epsilon, large);
  const Axes channels = all_but_last(x);
  return {normal.gradient(gamma.defined() ? g * gamma : g, axes), sum(g * normal.y, channels), sum(g, channels)};
}

std::array<autograd::Spec, 3> gradient_specs(const Tensor& x, bool x_needed) {
  const Shape channels{x.shape().back()};
  return {autograd::Spec{x.shape(), x.dtype(), x_needed}, {channels, x.dtype()}, {channels, x.dtype()}};
}

}  // namespace xtape::ops
