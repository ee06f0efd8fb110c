#include "ops/normalization/normalization.hpp"

#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

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

// x - mean, and 1 / sqrt(variance + epsilon).
std::pair<Tensor, Tensor> centered(const Tensor& x, const Axes& axes, double epsilon) {
  const Tensor difference = x - mean(x, axes, true);
  return {difference, rsqrt(mean(square(difference), axes, true) + epsilon)};
}

}  // namespace

Tensor normalized(const Tensor& x, const Axes& axes, double epsilon) {
  const auto [difference, rstd] = centered(x, axes, epsilon);
  return difference * rstd;
}

Tensor normalized_derivative(const Tensor& x, const Tensor& t, const Axes& axes, double epsilon) {
  const auto [difference, rstd] = centered(x, axes, epsilon);
  const Tensor y = difference * rstd;
  return rstd * (t - mean(t, axes, true) - y * mean(t * y, axes, true));
}

Tensor normalization_jvp(const Tensor& dx, const Tensor& x, const Tensor& gamma, const Tensor& dgamma,
                         const Tensor& dbeta, const Axes& axes, double epsilon) {
  Tensor tangent = scale_and_shift(normalized_derivative(x, dx, axes, epsilon), gamma, dbeta);
  if (dgamma.defined()) tangent = tangent + normalized(x, axes, epsilon) * dgamma;
  return tangent;
}

std::array<Tensor, 3> normalization_vjp(const Tensor& g, const Tensor& x, const Tensor& gamma, const Axes& axes,
                                        double epsilon) {
  const Tensor scaled = gamma.defined() ? g * gamma : g;
  const Axes channels = all_but_last(x);
  return {normalized_derivative(x, scaled, axes, epsilon), sum(g * normalized(x, axes, epsilon), channels),
          sum(g, channels)};
}

std::array<autograd::Spec, 3> gradient_specs(const Tensor& x, bool x_needed) {
  const Shape channels{x.shape().back()};
  return {autograd::Spec{x.shape(), x.dtype(), x_needed}, {channels, x.dtype()}, {channels, x.dtype()}};
}

}  // namespace xtape::ops
