#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Elementwise comparisons with broadcasting; the result is bool and has no gradient. Whole numbers are compared by
/// value: all of a uint8 x are `x < 300`; with floating ones as NumPy does, int64 in float64, which rounds beyond 2^53.
/// A number beside a floating x is rounded to x's type, so that `x == 0.1` means what it says.
/// @throws ShapeError naming both shapes if they do not broadcast.
XTAPE_API Tensor equal(const Tensor& a, const Tensor& b);
XTAPE_API Tensor equal(const Tensor& a, Scalar b);
XTAPE_API Tensor not_equal(const Tensor& a, const Tensor& b);
XTAPE_API Tensor not_equal(const Tensor& a, Scalar b);
XTAPE_API Tensor less(const Tensor& a, const Tensor& b);
XTAPE_API Tensor less(const Tensor& a, Scalar b);
XTAPE_API Tensor less_equal(const Tensor& a, const Tensor& b);
XTAPE_API Tensor less_equal(const Tensor& a, Scalar b);
XTAPE_API Tensor greater(const Tensor& a, const Tensor& b);
XTAPE_API Tensor greater(const Tensor& a, Scalar b);
XTAPE_API Tensor greater_equal(const Tensor& a, const Tensor& b);
XTAPE_API Tensor greater_equal(const Tensor& a, Scalar b);

/// Truth of elements (non-zero is true), combined elementwise with broadcasting. @throws ShapeError if the shapes do
/// not broadcast.
XTAPE_API Tensor logical_and(const Tensor& a, const Tensor& b);
XTAPE_API Tensor logical_or(const Tensor& a, const Tensor& b);
XTAPE_API Tensor logical_not(const Tensor& x);
/// Whether each element is NaN.
XTAPE_API Tensor isnan(const Tensor& x);
/// Whether each element is neither NaN nor infinite.
XTAPE_API Tensor isfinite(const Tensor& x);

/// `a` where `condition` is true, else `b`; all three broadcast. Each operand gets the gradient of the
/// elements taken from it. @throws ShapeError if the shapes do not broadcast; ValueError for a number that does not fit
/// into the type of the pair.
XTAPE_API Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
XTAPE_API Tensor where(const Tensor& condition, const Tensor& a, Scalar b);
XTAPE_API Tensor where(const Tensor& condition, Scalar a, const Tensor& b);

/// Whether |a - b| <= atol + rtol * |b| for all elements, in float64 and with broadcasting, as `numpy.allclose`; NaN
/// equals nothing unless `equal_nan`. @throws ValueError for tolerances that are negative or NaN, ShapeError if the
/// shapes do not broadcast.
XTAPE_API bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8,
                        bool equal_nan = false);
/// Whether shapes, types and all elements are equal.
XTAPE_API bool array_equal(const Tensor& a, const Tensor& b);

inline Tensor operator==(const Tensor& a, const Tensor& b) { return equal(a, b); }
inline Tensor operator==(const Tensor& a, Scalar b) { return equal(a, b); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return not_equal(a, b); }
inline Tensor operator!=(const Tensor& a, Scalar b) { return not_equal(a, b); }
inline Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
inline Tensor operator<(const Tensor& a, Scalar b) { return less(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
inline Tensor operator<=(const Tensor& a, Scalar b) { return less_equal(a, b); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
inline Tensor operator>(const Tensor& a, Scalar b) { return greater(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }
inline Tensor operator>=(const Tensor& a, Scalar b) { return greater_equal(a, b); }

}  // namespace xtape
