#pragma once

#include <cstdint>
#include <span>

#include "kernels/simd/optimizers/optimizer.hpp"

// The steps of optimizers, in one pass over all variables and in one parallel region, for float and double.
//
// On entry: the arrays of a variable are contiguous, of its size, and those that are changed overlap nothing else that
// is given, of other variables neither; a slot that a step has not got is null (OptimizerVariable says which).
// ops/optimizers/optimizer_updates.cpp has checked shapes and types, and made the factors finite and epsilon a normal
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

}  // namespace xtape::kernels
