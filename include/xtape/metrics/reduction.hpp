#pragma once

#include <functional>
#include <string>
#include <xtape/metrics/metric.hpp>

namespace xtape::metrics {

/// The weighted mean of numbers. As in Keras each sample, an entry of the first axis, counts alike: what belongs to it
/// is averaged first. It takes values instead of targets and predictions, so that `compile` has no use for it.
class XTAPE_API Mean : public Metric {
 public:
  explicit Mean(std::string name = "mean");
  /// Adds values [samples, ...], weighted by numbers of a leading part of their shape, [samples] for one, in which
  /// lengths may be 1. A single weight weighs the mean of all values as one sample. A mask of the values goes into the
  /// weights. @throws ShapeError if `sample_weight` does not fit.
  void update_state(const Tensor& values, const Tensor& sample_weight = {}) const;
  /// Adds one number that stands for `weight` samples.
  void update_state(double value, double weight = 1) const;
};

/// The weighted sum of numbers, taken as by Mean.
class XTAPE_API Sum : public Metric {
 public:
  explicit Sum(std::string name = "sum");
  /// As that of Mean; a single weight weighs the sum of all values.
  void update_state(const Tensor& values, const Tensor& sample_weight = {}) const;
  void update_state(double value, double weight = 1) const;
};

/// The mean of a function of (y_true, y_pred) that gives one value per sample, or per step of a sequence. A mask of the
/// predictions goes into the weights. @throws ValueError, in update_state, if the function gives an undefined tensor.
class XTAPE_API MeanMetricWrapper : public Metric {
 public:
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  /// @throws ValueError for an empty function.
  MeanMetricWrapper(std::string name, Function function);
};

}  // namespace xtape::metrics
