#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Elementwise arithmetic with NumPy's broadcasting and promotion; differentiable for floating types.
/// Integers wrap around, as NumPy's. A number has to fit into the type that it and the tensor have together (see
/// promote_types and Scalar::fits): `x + 300` is refused for a uint8 x, `x + 300.0` is float32.
/// @throws ShapeError naming both shapes if they do not broadcast; ValueError for a number that does not fit.
XTAPE_API Tensor add(const Tensor& a, const Tensor& b);
XTAPE_API Tensor add(const Tensor& a, Scalar b);
/// a - b. @throws DTypeError where both are bool, as NumPy.
XTAPE_API Tensor subtract(const Tensor& a, const Tensor& b);
XTAPE_API Tensor subtract(const Tensor& a, Scalar b);
XTAPE_API Tensor subtract(Scalar a, const Tensor& b);
/// a * b.
XTAPE_API Tensor multiply(const Tensor& a, const Tensor& b);
XTAPE_API Tensor multiply(const Tensor& a, Scalar b);
/// True division: bool and uint8 give float32 (NumPy: float64), int32 and int64 give float64.
XTAPE_API Tensor divide(const Tensor& a, const Tensor& b);
XTAPE_API Tensor divide(const Tensor& a, Scalar b);
XTAPE_API Tensor divide(Scalar a, const Tensor& b);
/// a^b; integers stay integers. @throws ValueError for integers to a negative integer power, as NumPy.
XTAPE_API Tensor power(const Tensor& a, const Tensor& b);
XTAPE_API Tensor power(const Tensor& a, Scalar b);
XTAPE_API Tensor power(Scalar a, const Tensor& b);
/// The same by C++'s name.
inline Tensor pow(const Tensor& a, const Tensor& b) { return power(a, b); }
inline Tensor pow(const Tensor& a, Scalar b) { return power(a, b); }
/// -x; uint8 wraps around, as NumPy's. @throws DTypeError for bool, as subtract does.
XTAPE_API Tensor negative(const Tensor& x);

/// The smaller of each pair; NaN if either is. Where they are equal each gets half of the gradient, where one is NaN
/// both get it.
XTAPE_API Tensor minimum(const Tensor& a, const Tensor& b);
XTAPE_API Tensor minimum(const Tensor& a, Scalar b);
/// The larger of each pair; as minimum.
XTAPE_API Tensor maximum(const Tensor& a, const Tensor& b);
XTAPE_API Tensor maximum(const Tensor& a, Scalar b);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& a, Scalar b) { return add(a, b); }
inline Tensor operator+(Scalar a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator-(const Tensor& a, Scalar b) { return subtract(a, b); }
inline Tensor operator-(Scalar a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator*(const Tensor& a, Scalar b) { return multiply(a, b); }
inline Tensor operator*(Scalar a, const Tensor& b) { return multiply(b, a); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
inline Tensor operator/(const Tensor& a, Scalar b) { return divide(a, b); }
inline Tensor operator/(Scalar a, const Tensor& b) { return divide(a, b); }
inline Tensor operator-(const Tensor& x) { return negative(x); }

}  // namespace xtape
