#pragma once

#include <limits>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::detail {

/// Of each row along the axes the largest size where that is outside [least, most], and 1 elsewhere, without derivative:
/// powers of what is divided by it stay within the range of their type, and other rows keep their bits.
inline Tensor unit_of(const Tensor& x, const Axes& axes, double least, double most) {
  const Tensor constant = x.detach();
  if (x.numel() == 0) return ones_like(sum(constant, axes, true));
  const Tensor largest = max(abs(constant), axes, true);
  const Tensor large = logical_and(largest > most, largest < std::numeric_limits<double>::infinity());
  return where(logical_or(large, logical_and(largest<least, largest> 0)), largest, 1);
}

}  // namespace xtape::detail
