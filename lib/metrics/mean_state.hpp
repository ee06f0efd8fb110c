#pragma once

#include <string>
#include <xtape/tensor.hpp>

namespace xtape::metrics {

// The weighted mean of numbers, kept in two variables of a metric: a mean over samples, each of which counts alike.
class MeanState {
 public:
  MeanState(Tensor total, Tensor count) : total_(std::move(total)), count_(std::move(count)) {}

  // As Mean::update_state, of the metric `name`.
  void add(const std::string& name, const Tensor& values, const Tensor& sample_weight) const;
  void add(double value, double weight) const;
  // 0 before the first value.
  double mean() const;

 private:
  Tensor total_;
  Tensor count_;
};

// The weights of values [...] as a mask of the same or a shorter shape and perhaps sample weights make them; values
// that are masked become 0, since they may be no numbers.
struct Masked {
  Tensor values;
  Tensor weights;

  Masked(const std::string& name, const Tensor& values, const Tensor& mask, const Tensor& sample_weight);
};

// The sum of floating numbers, in double.
double sum_of(const Tensor& numbers);

}  // namespace xtape::metrics
