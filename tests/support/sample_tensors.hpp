#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::test {

/// Where the values of a sample lie: in [low, high] and away from the kinks.
struct Domain {
  double low = -2;
  double high = 2;
  std::vector<double> kinks = {};
};

/// float64 values spread evenly over the domain in random order: no two are equal, and each is at least
/// 0.01 away from a kink. Tensors of different seeds have no values in common.
inline Tensor sample(const Shape& shape, const Domain& domain = {}, uint64_t seed = 1) {
  const auto count = static_cast<std::size_t>(shape.numel());
  std::mt19937_64 engine(seed);
  std::vector<double> values(count);
  const double offset = 0.2 + 0.6 * static_cast<double>((seed * 37) % 101) / 101;
  for (std::size_t i = 0; i < count; ++i) {
    const double width = (domain.high - domain.low) / static_cast<double>(count);
    values[i] = domain.low + width * (static_cast<double>(i) + offset);
    for (double kink : domain.kinks) {
      if (std::abs(values[i] - kink) < 0.01) values[i] = kink + 0.01 + 0.01 * offset;
    }
  }
  for (std::size_t i = count; i > 1; --i) std::swap(values[i - 1], values[engine() % i]);
  return from_data(values.data(), shape);
}

/// The same values at other strides: axes reversed in memory, every second element used, the last axis
/// backwards.
inline Tensor non_contiguous(const Tensor& x) {
  if (x.rank() == 0) return stack({zeros_like(x), x}).select(0, 1);
  std::vector<int> reversed;
  for (int axis = x.rank() - 1; axis >= 0; --axis) reversed.push_back(axis);
  Shape stored;
  for (int axis : reversed) stored.push_back(x.shape(axis));
  stored[0] = 2 * stored[0];
  const Tensor view = zeros(stored, x.dtype()).slice(0, {.start = std::nullopt, .stop = std::nullopt, .step = -2});
  const Tensor result = view.permute(reversed);
  result.assign(x.detach());
  return result;
}

}  // namespace xtape::test
