#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/parallel.hpp"
#include "kernels/support/iteration.hpp"

namespace xtape::kernels {

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
