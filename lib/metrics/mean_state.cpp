#include "metrics/mean_state.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::metrics {
namespace {

// The mean over all axes from `first` on.
Tensor mean_from(int first, const Tensor& values) {
  if (values.rank() <= first) return values;
  std::vector<int> axes(static_cast<std::size_t>(values.rank() - first));
  std::iota(axes.begin(), axes.end(), first);
  return mean(values, axes);
}

// Whether each length of `weights` is that of `values`, or 1.
bool fits(const Shape& weights, const Shape& values) {
  return std::equal(weights.begin(), weights.end(), values.begin(), values.end(),
                    [](int64_t length, int64_t wanted) { return length == wanted || length == 1; });
}

template <class T>
double sum_of_elements(const Tensor& numbers) {
  const Tensor dense = numbers.contiguous();
  const T* const elements = dense.data<const T>();
  const int64_t count = dense.numel();
  // Four sums at a time, which do not wait for one another.
  double sums[4] = {};
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (int lane = 0; lane < 4; ++lane) sums[lane] += static_cast<double>(elements[i + lane]);
  }
  for (; i < count; ++i) sums[0] += static_cast<double>(elements[i]);
  return sums[0] + sums[1] + (sums[2] + sums[3]);
}

}  // namespace

double sum_of(const Tensor& numbers) {
  return numbers.dtype() == float32 ? sum_of_elements<float>(numbers) : sum_of_elements<double>(numbers);
}

void MeanState::add(const std::string& name, const Tensor& values, const Tensor& sample_weight) const {
  if (!values.defined()) throw ValueError(name + ": the values are undefined");
  // Truths and counts of more samples than a float tells apart.
  const Tensor numbers = is_floating(values.dtype()) ? values : values.astype(float64);
  if (!sample_weight.defined()) {
    const int64_t samples = numbers.rank() == 0 ? 1 : numbers.shape(0);
    const int64_t elements = numbers.numel();
    if (samples == 0) return;
    add(sum_of(numbers) / static_cast<double>(elements), static_cast<double>(samples));
    return;
  }
  auto [weighted, weights] = detail::to_same_rank(numbers, sample_weight.astype(numbers.dtype()));
  const int rank = weights.rank();
  // A weight of a sample weighs the mean of what belongs to it.
  weighted = mean_from(rank, weighted);
  if (!fits(weights.shape(), weighted.shape())) {
    throw ShapeError(name + ": sample_weight " + sample_weight.shape().str() + " does not fit values of shape " +
                     values.shape().str());
  }
  weights = weights.broadcast_to(weighted.shape());
  const double total = sum_of(mean_from(1, weighted * weights));
  total_.data<double>()[0] += total;
  count_.data<double>()[0] += sum_of(rank > 1 ? mean_from(1, weights) : weights);
}

void MeanState::add(double value, double weight) const {
  total_.data<double>()[0] += value * weight;
  count_.data<double>()[0] += weight;
}

double MeanState::mean() const {
  const double count = count_.data<const double>()[0];
  return count == 0 ? 0 : total_.data<const double>()[0] / count;
}

Masked::Masked(const std::string& name, const Tensor& given, const Tensor& mask, const Tensor& sample_weight) {
  const auto [numbers, counts] = detail::with_weights(detail::to_floating(given), mask, name.c_str());
  values = where(counts != 0, numbers, 0);
  weights = counts;
  if (sample_weight.defined()) weights = counts * detail::with_weights(values, sample_weight, name.c_str()).second;
}

}  // namespace xtape::metrics
