#pragma once

#include <functional>
#include <memory>
#include <string>
#include <xtape/tensor.hpp>
#include <xtape/utils/name_or.hpp>

namespace xtape::metrics {

/// A figure that is gathered over batches.
class XTAPE_API Metric {
 public:
  explicit Metric(std::string name) : name_(std::move(name)) {}
  virtual ~Metric() = default;
  // A copy would gather, and the program's own metric would stay at 0.
  Metric(const Metric&) = delete;  // std::move it, or hold it in a std::shared_ptr: compile takes both
  Metric& operator=(const Metric&) = delete;

  /// Takes in one batch. `sample_weight` [batch] or of the shape of the values, or undefined.
  /// @throws ShapeError if shapes do not fit, ValueError for undefined tensors.
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) = 0;
  /// The figure over all batches since the last reset; 0 before the first one.
  virtual double result() const = 0;
  virtual void reset_state() = 0;

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  /// The metric of that name with its defaults, called by it in logs: "accuracy" (or "acc"),
  /// "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "top_k_categorical_accuracy",
  /// "sparse_top_k_categorical_accuracy", "mean_squared_error" ("mse"), "mean_absolute_error" ("mae"),
  /// "root_mean_squared_error", "binary_crossentropy" ("bce"), "categorical_crossentropy",
  /// "sparse_categorical_crossentropy"; class names work too. @throws ValueError for an unknown name.
  static std::shared_ptr<Metric> from_name(const std::string& name);

 protected:
  Metric(Metric&&) = default;
  Metric& operator=(Metric&&) = default;

 private:
  std::string name_;
};

/// The weighted mean of numbers. As in Keras each sample, an entry of the first axis, counts alike: what belongs to it
/// is averaged first.
class XTAPE_API Mean {
 public:
  explicit Mean(std::string name = "mean") : name_(std::move(name)) {}
  /// Adds values [samples, ...], weighted by numbers of a leading part of their shape, [samples] for one, in which
  /// lengths may be 1. A single weight weighs the mean of all values as one sample.
  /// @throws ShapeError if `sample_weight` does not fit.
  void update_state(const Tensor& values, const Tensor& sample_weight = {});
  /// Adds one number that stands for `weight` samples.
  void update_state(double value, double weight = 1) {
    total_ += value * weight;
    count_ += weight;
  }
  /// 0 before the first value.
  double result() const { return count_ == 0 ? 0 : total_ / count_; }
  void reset_state() { total_ = count_ = 0; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  double total_ = 0;
  double count_ = 0;
};

/// The mean of a function of (y_true, y_pred) that gives one value per sample. @throws ValueError, in update_state, if
/// it gives an undefined tensor.
class XTAPE_API MeanMetricWrapper : public Metric {
 public:
  using Function = std::function<Tensor(const Tensor& y_true, const Tensor& y_pred)>;
  /// @throws ValueError for an empty function.
  MeanMetricWrapper(std::string name, Function function);
  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) override;
  double result() const override { return mean_.result(); }
  void reset_state() override { mean_.reset_state(); }

 private:
  Function function_;
  Mean mean_;
};

}  // namespace xtape::metrics
