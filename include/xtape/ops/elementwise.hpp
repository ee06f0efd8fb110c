#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Elementwise functions, differentiable to any order. Integer tensors are converted first: bool and uint8
/// to float32, int32 and int64 to float64. abs, square, floor, ceil and round keep whole numbers as they are, bool too;
/// so do sign and clip, see there.
///
/// NaN stays NaN. Where clip's argument is NaN, the gradient passes. A gradient of 0 stays 0 where sqrt, rsqrt,
/// reciprocal, log, log1p, divide and power have no slope or an infinite one, so that where(x > 0, sqrt(x), 0) has the
/// gradient 0 at x <= 0 (PyTorch: NaN); constant pieces (sign, floor, ceil, round, x^0) make 0 of an infinite gradient.
XTAPE_API Tensor abs(const Tensor& x);
/// -1, 0 or 1; its derivative is 0. @throws DTypeError for bool.
XTAPE_API Tensor sign(const Tensor& x);
XTAPE_API Tensor exp(const Tensor& x);
/// exp(x) - 1, accurate near 0.
XTAPE_API Tensor expm1(const Tensor& x);
XTAPE_API Tensor log(const Tensor& x);
/// log(1 + x), accurate near 0.
XTAPE_API Tensor log1p(const Tensor& x);
XTAPE_API Tensor sqrt(const Tensor& x);
/// 1 / sqrt(x).
XTAPE_API Tensor rsqrt(const Tensor& x);
XTAPE_API Tensor square(const Tensor& x);
XTAPE_API Tensor reciprocal(const Tensor& x);
XTAPE_API Tensor sin(const Tensor& x);
XTAPE_API Tensor cos(const Tensor& x);
XTAPE_API Tensor tanh(const Tensor& x);
/// The error function.
XTAPE_API Tensor erf(const Tensor& x);
/// x limited to [low, high]; the gradient passes where low <= x <= high. Integers stay as they are between integers,
/// `clip(x, 0, 255)`; a floating bound makes the result floating. @throws ValueError if low > high, or the type does
/// not hold one of them.
XTAPE_API Tensor clip(const Tensor& x, Scalar low, Scalar high);
/// Rounding down, up, and to the nearest even; their derivative is 0.
XTAPE_API Tensor floor(const Tensor& x);
XTAPE_API Tensor ceil(const Tensor& x);
XTAPE_API Tensor round(const Tensor& x);

}  // namespace xtape
