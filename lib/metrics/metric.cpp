#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/calls.hpp>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/losses/crossentropy.hpp>
#include <xtape/metrics/accuracy.hpp>
#include <xtape/metrics/mean_errors.hpp>
#include <xtape/metrics/metric.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::metrics {
namespace {

struct Entry {
  std::string_view name;
  std::string_view alias;
  std::string_view class_name;
  std::shared_ptr<Metric> (*make)(const std::string& name);
};

template <class Class>
std::shared_ptr<Metric> make(const std::string& name) {
  auto metric = std::make_shared<Class>();
  metric->set_name(name);
  return metric;
}

template <class Loss>
std::shared_ptr<Metric> make_of_loss(const std::string& name) {
  return std::make_shared<MeanMetricWrapper>(
      name, [loss = Loss()](const Tensor& y_true, const Tensor& y_pred) { return loss.call(y_true, y_pred); });
}

constexpr Entry entries[] = {
    {"accuracy", "acc", "Accuracy", make<AccuracyByShape>},
    {"binary_accuracy", "", "BinaryAccuracy", make<BinaryAccuracy>},
    {"categorical_accuracy", "", "CategoricalAccuracy", make<CategoricalAccuracy>},
    {"sparse_categorical_accuracy", "", "SparseCategoricalAccuracy", make<SparseCategoricalAccuracy>},
    {"top_k_categorical_accuracy", "", "TopKCategoricalAccuracy", make<TopKCategoricalAccuracy>},
    {"sparse_top_k_categorical_accuracy", "", "SparseTopKCategoricalAccuracy", make<SparseTopKCategoricalAccuracy>},
    {"mean_squared_error", "mse", "MeanSquaredError", make<MeanSquaredError>},
    {"mean_absolute_error", "mae", "MeanAbsoluteError", make<MeanAbsoluteError>},
    {"root_mean_squared_error", "", "RootMeanSquaredError", make<RootMeanSquaredError>},
    {"binary_crossentropy", "bce", "BinaryCrossentropy", make_of_loss<losses::BinaryCrossentropy>},
    {"categorical_crossentropy", "", "CategoricalCrossentropy", make_of_loss<losses::CategoricalCrossentropy>},
    {"sparse_categorical_crossentropy", "", "SparseCategoricalCrossentropy",
     make_of_loss<losses::SparseCategoricalCrossentropy>},
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

std::shared_ptr<Metric> Metric::from_name(const std::string& name) {
  std::vector<std::string> known;
  for (const Entry& entry : entries) {
    if (name == entry.name || name == entry.class_name) return entry.make(name);
    if (!entry.alias.empty()) {
      if (name == entry.alias) return entry.make(name);
      known.emplace_back(entry.alias);
    }
    known.emplace_back(entry.name);
  }
  detail::throw_unknown_name("metric", name, known);
}

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
    : Metric(std::move(name)), function_(std::move(function)), mean_(this->name()) {
  if (!function_) throw ValueError(this->name() + ": the function of the metric is empty");
}

void MeanMetricWrapper::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const NoGrad no_grad;
  detail::check_defined(name().c_str(), y_true, y_pred);
  const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
  const Tensor values = function_(target, prediction);
  detail::check_returned(name() + ": the function of the metric", values);
  mean_.update_state(values, sample_weight);
}

}  // namespace xtape::metrics
