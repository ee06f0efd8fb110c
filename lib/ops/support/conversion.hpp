#pragma once

#include <xtape/detail/floating.hpp>

namespace xtape::ops {

// x as float32 or float64, contiguous.
inline Tensor contiguous_floating(const Tensor& x) { return detail::to_floating(x).contiguous(); }

}  // namespace xtape::ops
