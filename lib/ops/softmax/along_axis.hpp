#pragma once

#include <xtape/ops/manipulation.hpp>
#include <xtape/tensor.hpp>

#include "core/checks.hpp"
#include "ops/support/conversion.hpp"

namespace xtape::ops {

// What works on rows, the last axis of a contiguous floating tensor, along any axis of any tensor.
template <class Rows>
Tensor along_axis(const char* operation, const Tensor& argument, Axis axis, const Rows& rows) {
  core::check_defined(operation, argument);
  const int position = core::checked_axis(operation, axis, argument.rank());
  const Tensor x = floating(operation, argument);
  if (position == x.rank() - 1) return rows(contiguous(operation, x));
  return rows(contiguous(operation, x.transpose(position, -1))).transpose(position, -1);
}

inline int64_t row_count(const Tensor& x) { return Shape(x.shape().begin(), x.shape().end() - 1).numel(); }

}  // namespace xtape::ops
