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

class Metric;

/// A part of what a metric has gathered, float64, with Keras's name.
struct MetricVariable {
  std::string name;
  Tensor value;
};

/// What a metric does. One of one's own derives from it: it makes its state in the constructor, adds each batch to it
/// in `update_state`, and computes the figure from it in `result`. Sums over samples as state give reset, merge and
/// files for nothing:
/// ```
/// struct Positives : metrics::MetricImpl {
///   Positives() : MetricImpl("positives"), count(add_variable("count")) {}
///   void update_state(const Tensor&, const Tensor& y_pred, const Tensor&) override { count += sum(y_pred > 0.5); }
///   double result() const override { return count.item(); }
///   Tensor count;
/// };
/// ```
class XTAPE_API MetricImpl : public Configurable, public std::enable_shared_from_this<MetricImpl> {
 public:
  explicit MetricImpl(std::string name);
  // The models that they come into being in know them. To move one is to copy it: to be noted there may throw.
  MetricImpl(const MetricImpl& other);
  MetricImpl& operator=(const MetricImpl&) = default;
  ~MetricImpl() override;

  /// Takes in one batch. `sample_weight` [batch] or of the shape of the values, or undefined.
  /// @throws ShapeError if shapes do not fit, ValueError for undefined tensors. The state stays as it was then.
  virtual void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) = 0;
  /// The figure over all batches since the last reset; 0 before the first one, unless the metric says otherwise. Of a
  /// metric with several figures, their mean, as Keras's progress bar shows it: that is what `fit` logs.
  virtual double result() const = 0;
  /// All figures: [] for most metrics. By default result(), float64.
  virtual Tensor values() const;

  /// Sets the state to 0.
  virtual void reset_state();
  /// Adds the states of others, which have seen other batches: as if this one had seen them all, but for rounding.
  /// @throws ValueError for another kind of metric, other options, or a metric without variables; ShapeError for
  /// variables of other shapes. This state stays as it was then.
  virtual void merge_state(const std::vector<Metric>& others);

  /// The state: none as long as its shape is that of a first batch. The tensors are the state itself.
  const std::vector<MetricVariable>& variables() const { return variables_; }
  /// Takes over the values of a state that was saved. @throws ValueError for other names and undefined values,
  /// ShapeError for other shapes. The state stays as it was then.
  void set_variables(const std::vector<MetricVariable>& values);
  /// @throws as set_variables for these, without taking them over.
  void check_variables(const std::vector<MetricVariable>& values) const;

  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  /// For the library's own use: the object of a name.
  static std::shared_ptr<MetricImpl> make(const std::string& name);

 protected:
  /// A new part of the state, float64 zeros: a sum over samples. @throws ValueError for a name that is taken.
  Tensor add_variable(std::string name, const Shape& shape = {});
  /// The part of the state of that name. @throws ValueError if there is none.
  const Tensor& variable(const char* name) const;

 private:
  std::string name_;
  std::vector<MetricVariable> variables_;
};

/// A figure that is gathered over batches. A handle: a copy is the same metric. Made of an object, of a function of
/// (y_true, y_pred) that returns one value per sample, whose mean it is, or of a name, by which it is called in logs:
/// "accuracy" (or "acc"), "mse", "mae", "bce", a class name ("AUC") or its snake case ("auc", "true_positives",
/// "mean_squared_error"). What its methods do and throw is said at MetricImpl.
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
  Tensor values() const { return (**this).values(); }
  void reset_state() const { (**this).reset_state(); }
  void merge_state(const std::vector<Metric>& others) const { (**this).merge_state(others); }
  const std::vector<MetricVariable>& variables() const { return (**this).variables(); }
  void set_variables(const std::vector<MetricVariable>& values) const { (**this).set_variables(values); }
  const std::string& name() const { return (**this).name(); }
  void set_name(std::string name) const { (**this).set_name(std::move(name)); }
};

/// One metric, several, or those of each output by its name: `"mae"`, `{"mae", metrics::TopKCategoricalAccuracy()}`,
/// `{{"price", "mae"}, {"kind", {"accuracy", metrics::TopKCategoricalAccuracy()}}}`. Those of each output by position
/// are a vector, as two names in braces are an output and its metric: `std::vector<Metrics>{{"mae", "mse"},
/// {"accuracy"}}`.
class XTAPE_API Metrics {
 public:
  Metrics() = default;
  Metrics(std::initializer_list<Metric> metrics) : all_(metrics) {}
  Metrics(std::vector<Metric> metrics) : all_(std::move(metrics)) {}
  Metrics(std::initializer_list<detail::Named<Metrics>> outputs);
  /// Those of each output, by position; {} for an output without. @throws ValueError if one of them tells outputs
  /// apart.
  Metrics(const std::vector<Metrics>& outputs);
  template <std::convertible_to<Metric> One>
  Metrics(const One& metric) : all_{Metric(metric)} {}
  /// Those of each output, as a list that is made elsewhere.
  static Metrics by_output(const std::vector<detail::Named<std::vector<Metric>>>& outputs);

  auto begin() const noexcept { return all_.begin(); }
  auto end() const noexcept { return all_.end(); }
  std::size_t size() const noexcept { return all_.size(); }
  /// The output of each metric; empty if they are not given by name.
  const std::vector<std::string>& outputs() const noexcept { return outputs_; }
  /// Where each output's begin, by position, and where the last one's end; empty if they are not given so.
  const std::vector<std::size_t>& places() const noexcept { return places_; }

 private:
  std::vector<Metric> all_;
  std::vector<std::string> outputs_;
  std::vector<std::size_t> places_;
};

/// Keras's form: `{"module": "keras.metrics", "class_name": "MeanSquaredError", "config": {...}, ...}`, "accuracy" for
/// AccuracyByShape, or null. One of one's own that has a class_name and fields is written with its class_name as the
/// registered name, which deserialize does not know. @throws ValueError for another one of one's own.
XTAPE_API Config serialize(const Metric& metric);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API Metric deserialize(const Config& config);
inline Config to_config(const Metric& metric) { return serialize(metric); }
inline void from_config(const Config& config, Metric& metric) { metric = deserialize(config); }

}  // namespace xtape::metrics
