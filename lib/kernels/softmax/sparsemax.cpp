#include "kernels/softmax/sparsemax.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>

#include "core/parallel.hpp"
#include "kernels/support/workspace.hpp"

namespace xtape::kernels {
namespace {

// NaN if any is.
template <class T>
double largest_of(const T* row, int64_t columns) {
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < columns; ++i) {
    if (std::isnan(row[i])) return row[i];
    largest = std::max(largest, static_cast<double>(row[i]));
  }
  return largest;
}

// t for the row less its largest element; `candidates` has room for it. Only what is less than 1 below the largest can
// be positive after t is taken away: few are sorted.
template <class T>
double threshold_of(const T* row, int64_t columns, double largest, double* candidates) {
  if (std::isinf(largest)) return std::numeric_limits<double>::quiet_NaN();
  int64_t count = 0;
  for (int64_t i = 0; i < columns; ++i) {
    const double difference = row[i] - largest;
    if (difference > -1) candidates[count++] = difference;
  }
  std::sort(candidates, candidates + count, std::greater<>());
  double sum = 0, threshold = 0;
  for (int64_t i = 0; i < count; ++i) {
    sum += candidates[i];
    const double next = (sum - 1) / static_cast<double>(i + 1);
    if (candidates[i] <= next) break;
    threshold = next;
  }
  return threshold;
}

constexpr int64_t grain = 1 << 12;

}  // namespace

template <class T>
void sparsemax(const T* x, T* y, int64_t rows, int64_t columns) {
  if (columns == 0) return;
  core::parallel_for(rows, std::max<int64_t>(1, grain / columns), [&](int64_t begin, int64_t end) {
    const Workspace candidates(static_cast<std::size_t>(columns) * sizeof(double));
    for (int64_t row = begin; row < end; ++row) {
      const T* const from = x + row * columns;
      T* const to = y + row * columns;
      const double largest = largest_of(from, columns);
      const double threshold = threshold_of(from, columns, largest, candidates.as<double>());
      for (int64_t i = 0; i < columns; ++i) {
        const double rest = from[i] - largest - threshold;
        to[i] = static_cast<T>(rest <= 0 ? 0 : rest);
      }
    }
  });
}

template <class T>
void sparsemax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns) {
  if (columns == 0) return;
  core::parallel_for(rows, std::max<int64_t>(1, grain / columns), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t at = row * columns;
      double sum = 0, count = 0;
      for (int64_t i = at; i < at + columns; ++i) {
        if (y[i] <= 0) continue;
        sum += g[i];
        count += 1;
      }
      const double mean = sum / count;
      for (int64_t i = at; i < at + columns; ++i) out[i] = static_cast<T>(y[i] <= 0 ? 0 : g[i] - mean);
    }
  });
}

#define XTAPE_INSTANTIATE(T)                               \
  template void sparsemax(const T*, T*, int64_t, int64_t); \
  template void sparsemax_vjp(const T*, const T*, T*, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
