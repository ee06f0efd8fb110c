#pragma once

#include <cstdint>
#include <span>

#include "kernels/simd/optimizers/optimizer.hpp"

// The steps of optimizers, in one pass over all variables and in one parallel region, for float and double.
//
// On entry: the arrays of a variable are contiguous, of its size, and those that are changed overlap nothing else that
// is given, of other variables neither; a slot that a step has not got is null (OptimizerVariable says which).
// A gradient may be an outer product, but for Lamb and Adafactor: it is made block by block, as GEMM would make it.
// ops/optimizers has checked shapes and types, and made the factors finite and epsilon a normal
// number. The variables count as laid end to end, and threads take ranges of that: each element is read and written by
// one thread, elements do not depend on one another, and no workspace is needed. Results below the normal range become
// 0.
namespace xtape::kernels {

// m = momentum * m - rate * g; w = keep * w + m, with Nesterov keep * w + momentum * m - rate * g. Without m it is
// w = keep * w - rate * g.
template <class T>
void sgd_update(std::span<const OptimizerVariable<T>> variables, const SgdFactors<T>& factors);

// m += fraction_1 * (g - m); v += fraction_2 * (g^2 - v); w = keep * w - rate * m / (sqrt(v) + epsilon).
template <class T>
void adam_update(std::span<const OptimizerVariable<T>> variables, const AdamFactors<T>& factors);

// v = rho * v + (1 - rho) * g^2; w = keep * w - u, u = rate * g / sqrt(v + epsilon), or, with an average gradient a,
// rate * g / sqrt(max(v - a^2, 0) + epsilon). With a momentum, m = momentum * m + u is subtracted instead of u.
template <class T>
void rmsprop_update(std::span<const OptimizerVariable<T>> variables, const RmspropFactors<T>& factors);

// What has no variants, by the type of its factors:
// Nadam     m and v as in adam_update; w = keep * w - rate * (momentum_factor * m + gradient_factor * g) /
//           (sqrt(velocity_factor * v) + epsilon).
// Adamax    m as in adam_update; u = max(beta_2 * u, |g|); w = keep * w - rate * m / (u + epsilon).
// Adagrad   s += g^2; w = keep * w - rate * g / sqrt(s + epsilon).
// Adadelta  s = rho * s + (1 - rho) * g^2; d = sqrt(c + epsilon) * g / sqrt(s + epsilon);
//           c = rho * c + (1 - rho) * d^2; w = keep * w - rate * d.
// Lion      w = keep * w - rate * sign(beta_1 * m + (1 - beta_1) * g); m = beta_2 * m + (1 - beta_2) * g.
// Ftrl      w *= keep; n' = n + g^2; z += g + twice_shrinkage * w - (n'^power - n^power) * inverse_rate * w; n = n';
//           w = (clip(z, -l1, l1) - z) / (n^power * inverse_rate + twice_l2).
template <class Factors, class T>
void elementwise_update(std::span<const OptimizerVariable<T>> variables, const Factors& factors);

// m and v as in adam_update; u = momentum_factor * m / (sqrt(velocity_factor * v) + epsilon); w *= keep; w -= rate * u
// * |w| / |u|, norms over the variable, or rate * u where one of them is 0. Sums are those of blocks, in their order.
template <class T>
void lamb_update(std::span<const OptimizerVariable<T>> variables, const LambFactors<T>& factors);

// r = beta_2 * r + (1 - beta_2) * (mean over columns of g^2 + epsilon_1), c likewise over rows; v = r * c / mean of r;
// or, without rows, v = beta_2 * v + (1 - beta_2) * (g^2 + epsilon_1). w *= keep; u = g / sqrt(v);
// w -= rate * max(epsilon_2, rms of w) * u / max(1, rms of u / clip_threshold).
template <class T>
void adafactor_update(std::span<const OptimizerVariable<T>> variables, const AdafactorFactors<T>& factors);

}  // namespace xtape::kernels
