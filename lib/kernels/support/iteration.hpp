#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/parallel.hpp"

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

// Calls body(offsets, first_row, rows) for runs of rows (a row is the last axis) that lie along one axis, the last but
// one; `offsets[k]` is where the run starts in array k. In parallel where each thread gets `grain` elements.
template <int arrays, class Body>
void for_each_run(const IterationPlan<arrays>& plan, int64_t grain, const Body& body) {
  const int64_t columns = plan.columns();
  if (columns == 0) return;
  core::parallel_for(plan.rows(), std::max<int64_t>(1, grain / columns), [&](int64_t begin, int64_t end) {
    const int64_t run = plan.rank > 1 ? plan.sizes[plan.rank - 2] : 1;
    for (int64_t row = begin; row < end;) {
      std::array<int64_t, arrays> offsets{};
      int64_t index = row;
      for (int axis = plan.rank - 2; axis >= 0; --axis) {
        for (int k = 0; k < arrays; ++k) offsets[k] += index % plan.sizes[axis] * plan.strides[k][axis];
        index /= plan.sizes[axis];
      }
      const int64_t rows = std::min(end - row, run - row % run);
      body(offsets, row, rows);
      row += rows;
    }
  });
}

}  // namespace xtape::kernels
