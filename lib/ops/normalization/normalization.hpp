#pragma once

#include <array>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/tensor.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "ops/support/dense.hpp"

// What layer and batch normalization share: y = normalized(x) gamma + beta, with gamma and beta of the last axis.
namespace xtape::ops {

// @throws DTypeError, ShapeError if gamma or beta does not fit the last axis of x.
void check_normalization(const char* operation, const Tensor& x, const Tensor& gamma, const Tensor& beta);

// @throws ValueError unless epsilon is finite and not negative.
void check_epsilon(const char* operation, double epsilon);

// The axes but the last.
Axes all_but_last(const Tensor& x);

// x * gamma + beta, each left out where undefined.
Tensor scale_and_shift(Tensor x, const Tensor& gamma, const Tensor& beta);

// What is normalized where the variance is beyond the range of x's type: 0, by infinity, or as at any other size.
enum class LargeVariance { infinite, exact };

// (x - mean) / sqrt(variance + epsilon), over the axes.
Tensor normalized(const Tensor& x, const Axes& axes, double epsilon, LargeVariance large);

// The tangent of scale_and_shift(normalized(x), gamma, beta) from those of x, gamma and beta; undefined ones of the
// latter are zero.
Tensor normalization_jvp(const Tensor& dx, const Tensor& x, const Tensor& gamma, const Tensor& dgamma,
                         const Tensor& dbeta, const Axes& axes, double epsilon, LargeVariance large);
// The gradients of x, gamma and beta from that of scale_and_shift(normalized(x), gamma, beta).
std::array<Tensor, 3> normalization_vjp(const Tensor& g, const Tensor& x, const Tensor& gamma, const Axes& axes,
                                        double epsilon, LargeVariance large);

// Shapes of the gradients of x, gamma and beta.
std::array<autograd::Spec, 3> gradient_specs(const Tensor& x, bool x_needed);
inline void hand_over(std::array<Tensor, 3>&& gradients_of_inputs, autograd::Gradients& gradients) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (gradients.needed(i)) gradients.set(i, std::move(gradients_of_inputs[i]));
  }
}

// The address of a contiguous parameter, or null.
template <class T>
const T* parameter(const Tensor& tensor) {
  return tensor.defined() ? core::elements<const T>(tensor) : nullptr;
}

}  // namespace xtape::ops
