#pragma once

#include <xtape/tensor.hpp>

#include <cstddef>
#include <cstdint>

namespace xtape::ops {

// A slice of an axis whose bounds are worked out.
struct Range {
  int64_t start;
  int64_t step;
  int64_t count;
};

// @throws ValueError if the step is 0.
Range resolved(const Slice& slice, int64_t length);

// A view of the entries of `range` along `axis`; differentiable.
Tensor take_range(const Tensor& x, std::size_t axis, const Range& range);
// Zeros of `length` along `axis` with x at `range`: the adjoint of take_range; differentiable.
Tensor put_range(const Tensor& x, std::size_t axis, const Range& range, int64_t length);

}  // namespace xtape::ops
