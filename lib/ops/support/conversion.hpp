#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// x as float32 or float64: x itself where it is one already.
inline Tensor floating(const Tensor& x) {
  return is_floating(x.dtype()) ? x : x.astype(promote_types(x.dtype(), DType::float32));
}

// The same, contiguous.
inline Tensor contiguous_floating(const Tensor& x) { return floating(x).contiguous(); }

}  // namespace xtape::ops
