#pragma once

#include <cstdint>
#include <span>

#include "kernels/simd/optimizers/optimizer.hpp"

// The steps of optimizers, in one pass over all variables and in one parallel region, for float and double.
namespace xtape::kernels {

// m = momentum * m - rate * g; w = keep * w + m, with Nesterov keep * w + momentum * m - rate * g.
template <class T>
void sgd_update(std::span<const OptimizerVariable<T>> variables, const SgdFactors<T>& factors);

// m += fraction_1 * (g - m); v += fraction_2 * (g^2 - v); w = keep * w - rate * m / (sqrt(v) + epsilon).
template <class T>
void adam_update(std::span<const OptimizerVariable<T>> variables, const AdamFactors<T>& factors);

// v = rho * v + (1 - rho) * g^2; w = keep * w - rate * g / sqrt(v + epsilon), centered v - a^2 + epsilon.
template <class T>
void rmsprop_update(std::span<const OptimizerVariable<T>> variables, const RmspropFactors<T>& factors);

}  // namespace xtape::kernels
