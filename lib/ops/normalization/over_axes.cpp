#include <algorithm>
#include <limits>
#include <string>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "ops/normalization/normalization.hpp"
#include "ops/normalization/scaled_to_norm.hpp"

// Normalizations made of others.
namespace xtape {
namespace {

// The axes among `axes`, and the others, in ascending order.
struct Parts {
  std::vector<int> axes, others;
};

Parts parts_of(const char* operation, const Tensor& x, const Axes& axes) {
  core::check_floating(operation, x);
  const auto chosen = core::checked_axes(operation, axes, x.rank());
  Parts parts;
  for (int axis = 0; axis < x.rank(); ++axis) {
    (chosen[static_cast<std::size_t>(axis)] ? parts.axes : parts.others).push_back(axis);
  }
  if (parts.axes.empty()) throw ShapeError(std::string(operation) + ": expected at least one axis, given none");
  return parts;
}

Shape lengths_of(const Tensor& x, const std::vector<int>& axes) {
  Shape lengths;
  for (const int axis : axes) lengths.push_back(x.shape(axis));
  return lengths;
}

// @throws ShapeError, DTypeError unless a parameter, which may be undefined, has the lengths of the axes and x's type.
void check_parameter(const char* operation, const Tensor& x, const Tensor& parameter, const std::vector<int>& axes) {
  if (!parameter.defined()) return;
  const Shape expected = lengths_of(x, axes);
  if (parameter.shape() != expected) {
    throw ShapeError(std::string(operation) + ": parameters must have shape " + expected.str() + " for x " +
                     x.shape().str() + ", got " + parameter.shape().str());
  }
  if (parameter.dtype() != x.dtype()) {
    throw DTypeError(std::string(operation) + ": parameters must be " + name(x.dtype()) + " as x, got " +
                     name(parameter.dtype()));
  }
}

// A parameter of the axes such that it broadcasts to x.
Tensor spread(const Tensor& parameter, const Tensor& x, const std::vector<int>& axes) {
  if (!parameter.defined()) return parameter;
  Shape shape(static_cast<std::size_t>(x.rank()), 1);
  for (const int axis : axes) shape[static_cast<std::size_t>(axis)] = x.shape(axis);
  return parameter.reshape(shape);
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon, const Axes& axes) {
  ops::check_epsilon("layer_norm", epsilon);
  const auto [normalized, others] = parts_of("layer_norm", x, axes);
  check_parameter("layer_norm", x, gamma, normalized);
  check_parameter("layer_norm", x, beta, normalized);
  // The axes last, as one: what the operation takes.
  std::vector<int> order = others;
  order.insert(order.end(), normalized.begin(), normalized.end());
  const bool lie_there = std::is_sorted(order.begin(), order.end());
  const Tensor moved = lie_there ? x : x.permute(order);
  Shape rows = lengths_of(x, others);
  rows.push_back(lengths_of(x, normalized).numel());
  const auto flat = [](const Tensor& parameter) { return parameter.defined() ? parameter.flatten() : parameter; };
  const Tensor y = layer_norm(moved.reshape(rows), flat(gamma), flat(beta), epsilon);
  if (lie_there) return y.reshape(x.shape());
  std::vector<int> back(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) back[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  return y.reshape(moved.shape()).permute(back);
}

Tensor group_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, Count groups, double epsilon) {
  ops::check_epsilon("group_norm", epsilon);
  ops::check_normalization("group_norm", x, gamma, beta);
  if (x.rank() < 2) throw ShapeError("group_norm: expected x [batch, ..., channels], given " + x.shape().str());
  const int64_t channels = x.shape().back();
  if (groups < 1 || channels % groups != 0) {
    throw ValueError("group_norm: " + std::to_string(groups) + " groups do not divide " + std::to_string(channels) +
                     " channels");
  }
  const int64_t places = Shape(x.shape().begin() + 1, x.shape().end() - 1).numel();
  const Tensor grouped = x.reshape({x.shape(0), places, groups, channels / groups});
  return ops::scale_and_shift(layer_norm(grouped, {}, {}, epsilon, {1, 3}).reshape(x.shape()), gamma, beta);
}

Tensor rms_norm(const Tensor& x, const Tensor& gamma, double epsilon, const Axes& axes) {
  ops::check_epsilon("rms_norm", epsilon);
  const auto [normalized, others] = parts_of("rms_norm", x, axes);
  check_parameter("rms_norm", x, gamma, normalized);
  const Tensor scale = rsqrt(mean(square(x.detach()), normalized, true) + epsilon);
  const auto count = static_cast<double>(lengths_of(x, normalized).numel());
  const Tensor y =
      ops::scaled_to_norm(x, scale, normalized, count, epsilon, std::numeric_limits<double>::infinity()).first;
  return ops::scale_and_shift(y, spread(gamma, x, normalized), {});
}

BatchNormResult masked_batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mask,
                                  double epsilon) {
  ops::check_epsilon("masked_batch_norm", epsilon);
  ops::check_normalization("masked_batch_norm", x, gamma, beta);
  core::check_defined("masked_batch_norm", mask);
  const Shape places(x.shape().begin(), x.shape().end() - 1);
  const bool by_channel = mask.shape() == x.shape();
  if (mask.shape() != places && !by_channel) {
    throw ShapeError("masked_batch_norm: expected mask of shape " + places.str() + " for x " + x.shape().str() +
                     ", got " + mask.shape().str());
  }
  if (is_floating(mask.dtype())) {
    throw DTypeError("masked_batch_norm: expected mask to be bool or integers, got " + std::string(name(mask.dtype())));
  }
  const Tensor truth = mask.astype(DType::bool_), counts = by_channel ? truth : truth.expand_dims(-1);
  const Axes axes = ops::all_but_last(x);
  // Of no place at all mean and variance are 0, as in Keras.
  const Tensor divisor = sum(counts.astype(x.dtype()), axes) + 1e-7;
  const Tensor mean = sum(where(counts, x, 0), axes) / divisor;
  const Tensor variance = sum(where(counts, square(x - mean), 0), axes) / divisor;
  return {batch_norm(x, gamma, beta, mean, variance, epsilon), mean.detach(), variance.detach()};
}

SpectralNormResult spectral_norm(const Tensor& kernel, const Tensor& vector, Count power_iterations) {
  core::check_floating("spectral_norm", kernel);
  if (kernel.rank() < 2) {
    throw ShapeError("spectral_norm: expected a kernel of at least 2 dimensions, given " + kernel.shape().str());
  }
  const Shape expected{1, kernel.shape().back()};
  core::check_defined("spectral_norm", vector);
  if (vector.shape() != expected) {
    throw ShapeError("spectral_norm: expected vector of shape " + expected.str() + ", got " + vector.shape().str());
  }
  if (vector.dtype() != kernel.dtype()) {
    throw DTypeError("spectral_norm: expected vector to be " + std::string(name(kernel.dtype())) +
                     " as the kernel, got " + name(vector.dtype()));
  }
  detail::check_at_least(1, "spectral_norm", "power_iterations", power_iterations);
  const Tensor matrix = kernel.reshape({-1, kernel.shape().back()});
  // The iteration is no part of the derivative: the vectors are constants.
  const Tensor constant = matrix.detach();
  Tensor right = vector.detach(), left;
  for (int64_t i = 0; i < power_iterations; ++i) {
    left = normalize(matmul(right, transpose(constant)), Axes());
    right = normalize(matmul(left, constant), Axes());
  }
  const Tensor sigma = matmul(matmul(left, matrix), transpose(right)).reshape({});
  return {kernel / sigma, right};
}

}  // namespace xtape
