#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/metrics/accuracy.hpp>
#include <xtape/metrics/cosine_similarity.hpp>
#include <xtape/metrics/crossentropy.hpp>
#include <xtape/metrics/divergence.hpp>
#include <xtape/metrics/hinge.hpp>
#include <xtape/metrics/mean_errors.hpp>
#include <xtape/metrics/metric.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/reduction.hpp>

#include "config/classes.hpp"
#include "metrics/mean_of.hpp"

namespace xtape::metrics {
namespace {

template <class Made>
constexpr config::Class<Metric> named(std::string_view class_name, std::string_view alias = {},
                                      std::string_view other_alias = {}) {
  return {class_name, [] { return Metric(Made()); },
          [](const Config& options, const std::string& class_name) {
            const auto given = read_fields<MetricFields>(options, class_name);
            return Metric(given.name.empty() ? Made() : Made(given.name));
          },
          alias, other_alias};
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
    named<RootMeanSquaredError>("RootMeanSquaredError"),
    // The means of losses.
    named<MeanSquaredError>("MeanSquaredError", "mse", "MSE"),
    named<MeanAbsoluteError>("MeanAbsoluteError", "mae", "MAE"),
    named<MeanAbsolutePercentageError>("MeanAbsolutePercentageError", "mape", "MAPE"),
    named<MeanSquaredLogarithmicError>("MeanSquaredLogarithmicError", "msle", "MSLE"),
    named<LogCoshError>("LogCoshError", "logcosh", "log_cosh"),
    config::class_of<Metric, CosineSimilarity, CosineSimilarityOptions>("CosineSimilarity"),
    named<KLDivergence>("KLDivergence", "kld", "KLD"),
    named<Poisson>("Poisson"),
    named<Hinge>("Hinge"),
    named<SquaredHinge>("SquaredHinge"),
    named<CategoricalHinge>("CategoricalHinge"),
    config::class_of<Metric, BinaryCrossentropy, BinaryCrossentropyOptions>("BinaryCrossentropy", "bce", "BCE"),
    config::class_of<Metric, CategoricalCrossentropy, CategoricalCrossentropyOptions>("CategoricalCrossentropy"),
    config::class_of<Metric, SparseCategoricalCrossentropy, SparseCategoricalCrossentropyOptions>(
        "SparseCategoricalCrossentropy"),
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
