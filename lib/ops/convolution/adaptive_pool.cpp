#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/pool.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "ops/convolution/lines.hpp"
#include "ops/convolution/pool_geometry.hpp"
#include "ops/image/resample.hpp"
#include "ops/registry.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {
namespace {

int64_t begin_of_bin(int64_t length, int64_t bins, int64_t bin) { return bin * length / bins; }
int64_t end_of_bin(int64_t length, int64_t bins, int64_t bin) { return ((bin + 1) * length + bins - 1) / bins; }

// That of the largest one. A bin that begins s / bins within a cell ends ceil((s + length) / bins) cells later, and s is
// at most bins - gcd(length, bins).
int64_t bin_size(int64_t length, int64_t bins) {
  const int64_t rest = length % bins;
  if (rest == 0) return length / bins;
  return length / bins + (rest == std::gcd(length, bins) ? 1 : 2);
}

// The positions of the cells of each bin, bin after bin; the last one again where a bin is smaller than others, which
// changes neither the largest cell nor which one is the first of equal ones.
struct BinPositions {
  static constexpr const char* name = "bin_positions";
  int64_t length, bins, size;

  void attributes(autograd::Attributes& to) const { to("length", length), to("bins", bins), to("size", size); }
  autograd::Spec shape() const { return {{bins * size}, DType::int64}; }
  void compute(const Tensor& y) const {
    auto* position = core::elements<int64_t>(y);
    for (int64_t bin = 0; bin < bins; ++bin) {
      const int64_t begin = begin_of_bin(length, bins, bin), last = end_of_bin(length, bins, bin) - 1;
      for (int64_t i = 0; i < size; ++i) *position++ = std::min(begin + i, last);
    }
  }
};

template <std::size_t N>
void check(const char* operation, const Tensor& x, const std::array<int64_t, N>& bins) {
  core::check_floating(operation, x);
  const Shape& shape = x.shape();
  if (shape.size() != N + 2) {
    throw ShapeError(std::string(operation) + ": expected x " + detail::spatial_axes(N) + ", got " + shape.str());
  }
  detail::check_positive(operation, "output_size", bins);
  if (std::find(shape.begin() + 1, shape.end() - 1, 0) != shape.end() - 1) {
    throw ShapeError(std::string(operation) + ": there are no cells in x " + shape.str());
  }
  Shape result = shape;
  std::copy(bins.begin(), bins.end(), result.begin() + 1);
  core::check_shape(operation, result);
}

// Bins of equal lengths are windows. Others are those of an x in which each has cells of its own.
template <std::size_t N>
Tensor adaptive_max(const char* operation, Tensor x, const std::array<int64_t, N>& bins) {
  check(operation, x, bins);
  return ops::in_operation(operation, [&] {
    std::array<int64_t, N> windows;
    for (std::size_t i = 0; i < N; ++i) {
      const int64_t length = x.shape()[i + 1];
      windows[i] = bin_size(length, bins[i]);
      if (windows[i] * bins[i] == length) continue;
      x = take(x, autograd::apply(BinPositions{length, bins[i], windows[i]}), static_cast<int>(i) + 1);
    }
    if constexpr (N == 1) return max_pool1d(x, {.pool_size = windows[0]});
    if constexpr (N == 2) return max_pool2d(x, {.pool_size = windows});
    if constexpr (N == 3) return max_pool3d(x, {.pool_size = windows});
  });
}

// Likewise; the mean over bins along one axis after the other, where they are not windows.
template <std::size_t N>
Tensor adaptive_avg(const char* operation, Tensor x, const std::array<int64_t, N>& bins) {
  check(operation, x, bins);
  return ops::in_operation(operation, [&] {
    std::array<int64_t, N> windows;
    for (std::size_t i = 0; i < N; ++i) {
      const int64_t length = x.shape()[i + 1];
      windows[i] = length % bins[i] == 0 ? length / bins[i] : 1;
      if (length % bins[i] != 0) x = ops::resample(x, static_cast<int>(i) + 1, bins[i], ops::Filter::mean);
    }
    if (std::all_of(windows.begin(), windows.end(), [](int64_t size) { return size == 1; })) return x;
    if constexpr (N == 1) return avg_pool1d(x, {.pool_size = windows[0]});
    if constexpr (N == 2) return avg_pool2d(x, {.pool_size = windows});
    if constexpr (N == 3) return avg_pool3d(x, {.pool_size = windows});
  });
}

}  // namespace

Tensor adaptive_max_pool1d(const Tensor& x, Count output_size) {
  return adaptive_max<1>("adaptive_max_pool1d", x, {output_size});
}

Tensor adaptive_max_pool2d(const Tensor& x, const std::array<int64_t, 2>& output_size) {
  return adaptive_max("adaptive_max_pool2d", x, output_size);
}

Tensor adaptive_max_pool3d(const Tensor& x, const std::array<int64_t, 3>& output_size) {
  return adaptive_max("adaptive_max_pool3d", x, output_size);
}

Tensor adaptive_avg_pool1d(const Tensor& x, Count output_size) {
  return adaptive_avg<1>("adaptive_avg_pool1d", x, {output_size});
}

Tensor adaptive_avg_pool2d(const Tensor& x, const std::array<int64_t, 2>& output_size) {
  return adaptive_avg("adaptive_avg_pool2d", x, output_size);
}

Tensor adaptive_avg_pool3d(const Tensor& x, const std::array<int64_t, 3>& output_size) {
  return adaptive_avg("adaptive_avg_pool3d", x, output_size);
}

void ops::describe_adaptive_pool(autograd::Registry& to) { to.add<BinPositions, 0>(); }

}  // namespace xtape
