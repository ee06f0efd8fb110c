#pragma once

#include <xtape/tensor.hpp>

#include "ops/image/filters.hpp"

namespace xtape::ops {

// `length` elements along `axis`, which is not negative, for those of a floating x, by a filter. Differentiable.
Tensor resample(const Tensor& x, int axis, int64_t length, Filter filter, bool antialias = false);

}  // namespace xtape::ops
