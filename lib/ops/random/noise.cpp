#include <cmath>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/dropout.hpp>
#include <xtape/ops/elementwise.hpp>

#include "core/checks.hpp"

// Noise that is made of random numbers, of which there may be fewer than elements.
namespace xtape {
namespace {

// x as a floating tensor. @throws ValueError for a rate outside [0, 1); ShapeError unless noise_shape broadcasts to x.
Tensor checked(const char* operation, const Tensor& x, double rate, const Shape& noise_shape) {
  core::check_defined(operation, x);
  detail::check_number(operation, "rate", rate, detail::Range::from_0_below_1);
  if (broadcast_shapes(x.shape(), noise_shape, operation) != x.shape()) {
    throw ShapeError(std::string(operation) + ": expected a noise_shape that broadcasts to x " + x.shape().str() +
                     ", given " + noise_shape.str());
  }
  return detail::to_floating(x);
}

}  // namespace

Tensor dropout(const Tensor& given, double rate, const Shape& noise_shape) {
  const Tensor x = checked("dropout", given, rate, noise_shape);
  if (noise_shape == x.shape()) return dropout(x, rate);
  const Tensor factors = dropout(ones(noise_shape, x.dtype()), rate);
  return where(factors == 0, 0, x * factors);
}

Tensor gaussian_noise(const Tensor& given, double stddev) {
  core::check_defined("gaussian_noise", given);
  detail::check_number("gaussian_noise", "stddev", stddev, detail::Range::finite_and_not_negative);
  const Tensor x = detail::to_floating(given);
  return x + randn(x.shape(), x.dtype()) * stddev;
}

Tensor gaussian_dropout(const Tensor& given, double rate) {
  const Tensor x = checked("gaussian_dropout", given, rate, given.defined() ? given.shape() : Shape{});
  return x * (randn(x.shape(), x.dtype()) * std::sqrt(rate / (1 - rate)) + 1);
}

Tensor alpha_dropout(const Tensor& x, double rate) {
  core::check_defined("alpha_dropout", x);
  return alpha_dropout(x, rate, x.shape());
}

Tensor alpha_dropout(const Tensor& given, double rate, const Shape& noise_shape) {
  const Tensor x = checked("alpha_dropout", given, rate, noise_shape);
  // What SELU gives far below zero: -alpha scale.
  constexpr double lowest = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946;
  const double factor = 1 / std::sqrt((1 - rate) * (1 + rate * lowest * lowest));
  const Tensor kept = rand(noise_shape, x.dtype()) >= rate;
  return where(kept, x, lowest) * factor - factor * lowest * rate;
}

}  // namespace xtape
