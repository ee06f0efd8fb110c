#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/metrics/accuracy.hpp>
#include <xtape/metrics/mean_errors.hpp>
#include <xtape/metrics/metric.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/reduction.hpp>

#include "config/classes.hpp"
#include "metrics/mean_of.hpp"

namespace xtape::metrics {
namespace {

template <class Made>
constexpr config::Class<Metric> named(std::string_view class_name, std::string_view alias = {}) {
  return {class_name, [] { return Metric(Made()); },
          [](const Config& options, const std::string& class_name) {
            const auto given = read_fields<MetricFields>(options, class_name);
            return Metric(given.name.empty() ? Made() : Made(given.name));
          },
          alias};
}

struct CrossentropyFields {
  std::string name = {};
  void fields(Fields& f) {
    f("name", name).accept("dtype", "float32").accept("from_logits", false).accept("label_smoothing", 0);
    f.accept("axis", -1).accept("ignore_class", {});
  }
};

// The mean of a loss, whose `class_name` it shares. An empty name is that of the loss.
template <class Loss>
Metric of_loss(const std::string& name) {
  const Loss loss;
  return mean_of(loss->class_name(), name.empty() ? loss.name() : name,
                 [loss](const Tensor& y_true, const Tensor& y_pred) { return loss.call(y_true, y_pred); });
}
template <class Loss>
constexpr config::Class<Metric> of_loss_class(std::string_view class_name, std::string_view alias = {}) {
  return {class_name, [] { return of_loss<Loss>({}); },
          [](const Config& options, const std::string& class_name) {
            return of_loss<Loss>(read_fields<CrossentropyFields>(options, class_name).name);
          },
          alias};
}

constexpr config::Class<Metric> entries[] = {
    named<Accuracy>("Accuracy", "acc"),
    config::class_of<Metric, BinaryAccuracy, BinaryAccuracyOptions>("BinaryAccuracy"),
    named<CategoricalAccuracy>("CategoricalAccuracy"),
    named<SparseCategoricalAccuracy>("SparseCategoricalAccuracy"),
    config::class_of<Metric, TopKCategoricalAccuracy, TopKOptions>("TopKCategoricalAccuracy",
                                                                   "top_k_categorical_accuracy"),
    config::class_of<Metric, SparseTopKCategoricalAccuracy, TopKOptions>("SparseTopKCategoricalAccuracy",
                                                                         "sparse_top_k_categorical_accuracy"),
    named<MeanSquaredError>("MeanSquaredError", "mse"),
    named<MeanAbsoluteError>("MeanAbsoluteError", "mae"),
    named<RootMeanSquaredError>("RootMeanSquaredError"),
    of_loss_class<losses::BinaryCrossentropy>("BinaryCrossentropy", "bce"),
    of_loss_class<losses::CategoricalCrossentropy>("CategoricalCrossentropy"),
    of_loss_class<losses::SparseCategoricalCrossentropy>("SparseCategoricalCrossentropy"),
};

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

}  // namespace

std::shared_ptr<MetricImpl> MetricImpl::make(const std::string& name) {
  if (name == "accuracy" || name == "Accuracy" || name == "acc") return AccuracyByShape(name).pointer();
  const Metric metric = config::find_class(entries, "metric", name).make();
  metric.set_name(name);
  return metric.pointer();
}

Metric::Metric(std::function<Tensor(const Tensor&, const Tensor&)> function)
    : Metric(MeanMetricWrapper("custom", std::move(function))) {}

Metrics::Metrics(std::initializer_list<detail::Named<Metrics>> outputs) {
  for (const auto& [output, metrics] : outputs) {
    if (!metrics.outputs_.empty()) throw ValueError("metrics: those of the output \"" + output + "\" have no outputs");
    all_.insert(all_.end(), metrics.begin(), metrics.end());
    outputs_.insert(outputs_.end(), metrics.size(), output);
  }
}

Config serialize(const Metric& metric) {
  if (metric && metric->class_name() == "AccuracyByShape") return metric.name();
  return config::serialize(metric.pointer().get(), "keras.metrics");
}

Metric deserialize(const Config& config) { return config::deserialize<Metric>(entries, "metric", config); }

void Mean::update_state(const Tensor& values, const Tensor& sample_weight) {
  if (!values.defined()) throw ValueError(name() + ": the values are undefined");
  const NoGrad no_grad;
  // Truths and counts of more samples than a float tells apart.
  const Tensor numbers = is_floating(values.dtype()) ? values : values.astype(float64);
  if (!sample_weight.defined()) {
    total_ += sum(mean_from(1, numbers)).item();
    count_ += numbers.rank() == 0 ? 1 : static_cast<double>(numbers.shape(0));
    return;
  }
  auto [weighted, weights] = detail::to_same_rank(numbers, sample_weight.astype(numbers.dtype()));
  const int rank = weights.rank();
  // A weight of a sample weighs the mean of what belongs to it.
  weighted = mean_from(rank, weighted);
  if (!fits(weights.shape(), weighted.shape())) {
    throw ShapeError(name_ + ": sample_weight " + sample_weight.shape().str() + " does not fit values of shape " +
                     values.shape().str());
  }
  weights = weights.broadcast_to(weighted.shape());
  total_ += sum(mean_from(1, weighted * weights)).item();
  count_ += sum(rank > 1 ? mean_from(1, weights) : weights).item();
}

MeanMetricWrapper::MeanMetricWrapper(std::string name, Function function)
    : Metric(mean_of({}, std::move(name), std::move(function))) {}

}  // namespace xtape::metrics
