#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/parallel.hpp"
#include "kernels/support/iteration.hpp"
#include "kernels/support/runs.hpp"
#include "kernels/support/strided.hpp"

namespace xtape::kernels {

// Elements that are worth waking another thread for.
inline constexpr int64_t elementwise_grain = 1 << 15;

// Runs kernel(a, b, y, rows, columns), where a and b are StridedRows of step 0 or 1 and y is contiguous, over a plan.
// Other steps along the last axis are packed, piece by piece.
template <class T, class Y, class Kernel>
void broadcast_rows(const IterationPlan<2>& plan, const T* a, const T* b, Y* y, const Kernel& kernel) {
  using Rows = StridedRows<T>;
  const int last = plan.rank - 1;
  const int64_t columns = plan.sizes[last];
  const int64_t step_a = plan.strides[0][last], step_b = plan.strides[1][last];
  if (plan.rank == 1 && step_a >= 0 && step_a <= 1 && step_b >= 0 && step_b <= 1) {
    core::parallel_for(columns, elementwise_grain, [&](int64_t begin, int64_t end) {
      kernel(Rows{a + begin * step_a, 0, step_a}, Rows{b + begin * step_b, 0, step_b}, y + begin, 1, end - begin);
    });
    return;
  }
  const int64_t row_a = last > 0 ? plan.strides[0][last - 1] : 0, row_b = last > 0 ? plan.strides[1][last - 1] : 0;
  for_each_run(plan, elementwise_grain, [&](const std::array<int64_t, 2>& offsets, int64_t first_row, int64_t rows) {
    const T* run_a = a + offsets[0];
    const T* run_b = b + offsets[1];
    Y* run_y = y + first_row * columns;
    if (step_a >= 0 && step_a <= 1 && step_b >= 0 && step_b <= 1) {
      kernel(Rows{run_a, row_a, step_a}, Rows{run_b, row_b, step_b}, run_y, rows, columns);
      return;
    }
    constexpr int64_t piece = 256;
    T packed_a[piece], packed_b[piece];
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t start = 0; start < columns; start += piece) {
        const int64_t count = std::min(piece, columns - start);
        for (int64_t i = 0; i < count; ++i) packed_a[i] = run_a[row * row_a + (start + i) * step_a];
        for (int64_t i = 0; i < count; ++i) packed_b[i] = run_b[row * row_b + (start + i) * step_b];
        kernel(Rows{packed_a, 0, 1}, Rows{packed_b, 0, 1}, run_y + row * columns + start, 1, count);
      }
  });
}

}  // namespace xtape::kernels
