#pragma once

#include <array>
#include <cstdint>

namespace xtape::kernels {

inline constexpr int max_rank = 32;

// A space of indices that several arrays are walked over together, the last axis fastest. Strides are in
// elements and may be 0 (broadcast) or negative.
template <int arrays>
struct IterationPlan {
  int rank;  // at least 1
  int64_t sizes[max_rank];
  int64_t strides[arrays][max_rank];

  int64_t columns() const { return sizes[rank - 1]; }
  int64_t rows() const {
    int64_t product = 1;
    for (int axis = 0; axis + 1 < rank; ++axis) product *= sizes[axis];
    return product;
  }
};

// Drops axes of size 1 and joins neighbouring axes that every array walks through as if they were one.
// `strides[k]` are the strides of array k along the axes of the shape; rank is at most max_rank.
template <int arrays>
IterationPlan<arrays> collapse(int rank, const int64_t* sizes, const std::array<const int64_t*, arrays>& strides) {
  IterationPlan<arrays> plan;
  plan.rank = 0;
  for (int axis = 0; axis < rank; ++axis) {
    if (sizes[axis] == 1) continue;
    const int last = plan.rank - 1;
    bool joins = last >= 0;
    for (int k = 0; joins && k < arrays; ++k) joins = plan.strides[k][last] == strides[k][axis] * sizes[axis];
    const int to = joins ? last : plan.rank++;
    plan.sizes[to] = joins ? plan.sizes[to] * sizes[axis] : sizes[axis];
    for (int k = 0; k < arrays; ++k) plan.strides[k][to] = strides[k][axis];
  }
  if (plan.rank == 0) {
    plan.rank = 1;
    plan.sizes[0] = 1;
    for (int k = 0; k < arrays; ++k) plan.strides[k][0] = 0;
  }
  return plan;
}

}  // namespace xtape::kernels
