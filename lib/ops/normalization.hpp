#pragma once

#include <xtape/tensor.hpp>

#include "core/checks.hpp"

namespace xtape::ops {

// @throws DTypeError, ShapeError if gamma or beta does not fit the last axis of x.
void check_normalization(const char* operation, const Tensor& x, const Tensor& gamma, const Tensor& beta);

// x * gamma + beta, each left out where undefined.
Tensor scale_and_shift(Tensor x, const Tensor& gamma, const Tensor& beta);

}  // namespace xtape::ops
