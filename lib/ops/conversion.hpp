#pragma once

#include <xtape/tensor.hpp>

namespace xtape::ops {

// x as a contiguous float32 or float64 tensor: x itself where it is one already.
inline Tensor dense_floating(const Tensor& x) {
  const DType dtype = is_floating(x.dtype()) ? x.dtype() : promote_types(x.dtype(), DType::float32);
  if (x.dtype() == dtype) return x.contiguous();
  return x.astype(dtype).contiguous();
}

}  // namespace xtape::ops
