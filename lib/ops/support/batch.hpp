#pragma once

#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

#include "autograd/mapped.hpp"

// What batch rules share (autograd/op.hpp). The mapped axis is the first one.
namespace xtape::ops {

using autograd::aligned;
using autograd::Examples;
using autograd::Mapped;
using autograd::moved;
using autograd::stacked;
using autograd::with_axis;

// The axes of an example of that rank, counted in all examples.
Axes shifted(const Axes& axes, int rank);
inline int shifted(int axis, int rank) { return axis < 0 ? axis + rank + 1 : axis + 1; }

// The first two axes as one, for operations that have an axis of samples; and back.
Tensor folded(const Tensor& x);
Tensor unfolded(const Tensor& x, const Examples& examples);

}  // namespace xtape::ops
