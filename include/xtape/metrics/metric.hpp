#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/named.hpp>
#include <xtape/fields.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/configurable.hpp>
#include <xtape/utils/object_handle.hpp>

namespace xtape::metrics {

/// What a metric does. One of one's own derives from it.
class XTAPE_API MetricImpl : public Configurable {
 public:
  explicit MetricImpl(std::string name) : name_(std::move(name)) {}

  /// Takes in one batch. `sample_weight` [batch] or of the shape of the values, or undefined.
  /// @throws ShapeError if shapes do not fit, ValueError for undefined tensors.
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) = 0;
  /// The figure over all batches since the last reset; 0 before the first one.
  virtual double result() const = 0;
  virtual void reset_state() = 0;

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  /// For the library's own use: the object of a name.
  static std::shared_ptr<MetricImpl> make(const std::string& name);

 private:
  std::string name_;
};

/// A figure that is gathered over batches. A handle: a copy is the same metric. Made of an object, of a function of
/// (y_true, y_pred) that returns one value per sample, whose mean it is, or of a name, by which it is called in logs:
/// "accuracy" (or "acc"), "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
/// "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy", "mean_squared_error" ("mse"),
/// "mean_absolute_error" ("mae"), "root_mean_squared_error", "mean_absolute_percentage_error" ("mape"),
/// "mean_squared_logarithmic_error" ("msle"), "logcosh", "cosine_similarity", "kl_divergence" ("kld"), "poisson",
/// "hinge", "squared_hinge", "categorical_hinge", "binary_crossentropy" ("bce"), "categorical_crossentropy",
/// "sparse_categorical_crossentropy"; class names work too. What its methods do and throw is said at MetricImpl.
class XTAPE_API Metric : public ObjectHandle<MetricImpl> {
 public:
  using ObjectHandle::ObjectHandle;
  /// A metric that is called "custom". @throws ValueError for an empty function.
  template <detail::FunctionFor<MetricImpl, const Tensor&, const Tensor&> Function>
  Metric(Function function) : Metric(std::function<Tensor(const Tensor&, const Tensor&)>(std::move(function))) {}
  Metric(std::function<Tensor(const Tensor&, const Tensor&)> function);

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const {
    (**this).update_state(y_true, y_pred, sample_weight);
  }
  double result() const { return (**this).result(); }
  void reset_state() const { (**this).reset_state(); }
  const std::string& name() const { return (**this).name(); }
  void set_name(std::string name) const { (**this).set_name(std::move(name)); }
};

/// One metric, several, or those of each output by its name: `"mae"`, `{"mae", metrics::TopKCategoricalAccuracy()}`,
/// `{{"price", "mae"}, {"kind", {"accuracy", metrics::TopKCategoricalAccuracy()}}}`.
class XTAPE_API Metrics {
 public:
  Metrics() = default;
  Metrics(std::initializer_list<Metric> metrics) : all_(metrics) {}
  Metrics(std::vector<Metric> metrics) : all_(std::move(metrics)) {}
  Metrics(std::initializer_list<detail::Named<Metrics>> outputs);
  template <std::convertible_to<Metric> One>
  Metrics(const One& metric) : all_{Metric(metric)} {}

  auto begin() const noexcept { return all_.begin(); }
  auto end() const noexcept { return all_.end(); }
  std::size_t size() const noexcept { return all_.size(); }
  /// The output of each metric; empty if they are not given by name.
  const std::vector<std::string>& outputs() const noexcept { return outputs_; }

 private:
  std::vector<Metric> all_;
  std::vector<std::string> outputs_;
};

/// Keras's form: `{"module": "keras.metrics", "class_name": "MeanSquaredError", "config": {...}, ...}`, "accuracy" for
/// AccuracyByShape, or null. @throws ValueError for one of one's own.
XTAPE_API Config serialize(const Metric& metric);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API Metric deserialize(const Config& config);
inline Config to_config(const Metric& metric) { return serialize(metric); }
inline void from_config(const Config& config, Metric& metric) { metric = deserialize(config); }

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
};

}  // namespace xtape::metrics
