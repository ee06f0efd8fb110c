#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// The type that numbers of `type` are computed in where the result is no whole number: float32 or float64.
inline DType floating_type(DType type) { return is_floating(type) ? type : promote_types(type, DType::float32); }

// x as float32 or float64: x itself where it is one already.
inline Tensor floating(const Tensor& x) { return x.astype(floating_type(x.dtype())); }

// The same, contiguous.
inline Tensor contiguous_floating(const Tensor& x) { return floating(x).contiguous(); }

}  // namespace xtape::ops
