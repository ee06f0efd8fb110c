#pragma once

#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/tensor.hpp>

namespace xtape::test {

// Bit for bit, but that one NaN is like another, and 0 like -0.
inline bool identical(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && array_equal(isnan(a), isnan(b)) &&
         array_equal(where(isnan(a), 0, a), where(isnan(b), 0, b));
}

}  // namespace xtape::test
