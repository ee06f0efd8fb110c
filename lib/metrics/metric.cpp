#include <string_view>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/detail/weighting.hpp>
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
  const NoGrad no_grad;
  if (!sample_weight.defined()) {
    total_ += sum(values).item();
    count_ += static_cast<double>(values.numel());
    return;
  }
  const Tensor numbers = is_floating(values.dtype()) ? values : values.astype(float32);
  const Tensor weights = detail::weights_for(numbers, sample_weight, name_.c_str());
  total_ += sum(numbers * weights).item();
  count_ += sum(weights.broadcast_to(numbers.shape())).item();
}

void MeanMetricWrapper::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const NoGrad no_grad;
  const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
  mean_.update_state(function_(target, prediction), sample_weight);
}

}  // namespace xtape::metrics
