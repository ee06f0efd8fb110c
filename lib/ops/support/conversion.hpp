#pragma once

#include <xtape/detail/floating.hpp>

#include "core/tensor_impl.hpp"

// What operations do to operands before they compute. `operation` is whose memory a copy takes, if there is none.
namespace xtape::ops {

// A contiguous copy that gradients flow through.
Tensor copy(const char* operation, const Tensor& x);
// The elements converted to another type, likewise.
Tensor convert(const char* operation, const Tensor& x, DType type);

// Those where they are needed, else x itself.
inline Tensor contiguous(const char* operation, const Tensor& x) {
  return core::impl(x)->contiguous ? x : copy(operation, x);
}
inline Tensor converted(const char* operation, const Tensor& x, DType type) {
  return core::impl(x)->dtype == type ? x : convert(operation, x, type);
}

// x as float32 or float64: x itself where it is one already.
inline Tensor floating(const char* operation, const Tensor& x) {
  return converted(operation, x, detail::floating_type(x.dtype()));
}

// The same, contiguous.
inline Tensor contiguous_floating(const char* operation, const Tensor& x) {
  return contiguous(operation, floating(operation, x));
}

// The number as a 0-dimensional tensor. @throws ValueError as core::element.
Tensor number_tensor(const char* operation, Scalar number, DType dtype);

}  // namespace xtape::ops
