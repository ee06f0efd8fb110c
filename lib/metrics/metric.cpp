#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>
#include <xtape/detail/construction_scope.hpp>
#include <xtape/error.hpp>
#include <xtape/metrics/accuracy.hpp>
#include <xtape/metrics/auc.hpp>
#include <xtape/metrics/confusion.hpp>
#include <xtape/metrics/correlation.hpp>
#include <xtape/metrics/cosine_similarity.hpp>
#include <xtape/metrics/crossentropy.hpp>
#include <xtape/metrics/divergence.hpp>
#include <xtape/metrics/f_score.hpp>
#include <xtape/metrics/hinge.hpp>
#include <xtape/metrics/iou.hpp>
#include <xtape/metrics/mean_errors.hpp>
#include <xtape/metrics/operating_points.hpp>
#include <xtape/metrics/r2_score.hpp>
#include <xtape/metrics/reduction.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>

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
    config::class_of<Metric, SparseTopKCategoricalAccuracy, SparseTopKOptions>("SparseTopKCategoricalAccuracy",
                                                                               "sparse_top_k_categorical_accuracy"),
    named<Mean>("Mean"),
    named<Sum>("Sum"),
    config::class_of<Metric, TruePositives, CountOptions>("TruePositives"),
    config::class_of<Metric, FalsePositives, CountOptions>("FalsePositives"),
    config::class_of<Metric, TrueNegatives, CountOptions>("TrueNegatives"),
    config::class_of<Metric, FalseNegatives, CountOptions>("FalseNegatives"),
    config::class_of<Metric, Precision, PrecisionOptions>("Precision"),
    config::class_of<Metric, Recall, RecallOptions>("Recall"),
    config::class_of<Metric, SensitivityAtSpecificity, SensitivityAtSpecificityOptions>("SensitivityAtSpecificity"),
    config::class_of<Metric, SpecificityAtSensitivity, SpecificityAtSensitivityOptions>("SpecificityAtSensitivity"),
    config::class_of<Metric, PrecisionAtRecall, PrecisionAtRecallOptions>("PrecisionAtRecall"),
    config::class_of<Metric, RecallAtPrecision, RecallAtPrecisionOptions>("RecallAtPrecision"),
    config::class_of<Metric, AUC, AUCOptions>("AUC"),
    config::class_of<Metric, FBetaScore, FBetaScoreOptions>("FBetaScore"),
    config::class_of<Metric, F1Score, F1ScoreOptions>("F1Score"),
    config::class_of<Metric, R2Score, R2ScoreOptions>("R2Score"),
    config::class_of<Metric, PearsonCorrelation, CorrelationOptions>("PearsonCorrelation"),
    config::class_of<Metric, ConcordanceCorrelation, CorrelationOptions>("ConcordanceCorrelation"),
    config::class_of<Metric, IoU, IoUOptions>("IoU"),
    config::class_of<Metric, MeanIoU, MeanIoUOptions>("MeanIoU"),
    config::class_of<Metric, BinaryIoU, BinaryIoUOptions>("BinaryIoU"),
    config::class_of<Metric, OneHotIoU, OneHotIoUOptions>("OneHotIoU"),
    config::class_of<Metric, OneHotMeanIoU, OneHotMeanIoUOptions>("OneHotMeanIoU"),
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

// Class and options but for the name, which may differ; nothing for a metric of one's own.
Config kind_of(const MetricImpl& metric) {
  try {
    Config config = metric.get_config();
    config.set("name", metric.class_name());
    return config;
  } catch (const ValueError&) {
    return {};
  }
}

// Whether each has the names and shapes of the other.
void check_same_variables(const std::string& what, const std::vector<MetricVariable>& own,
                          const std::vector<MetricVariable>& given) {
  const auto names = [](const std::vector<MetricVariable>& variables) {
    std::string text;
    for (const auto& [name, value] : variables) text += (text.empty() ? "" : ", ") + name;
    return text;
  };
  if (names(own) != names(given)) {
    throw ValueError(what + ": expected the variables " + names(own) + ", given " + names(given));
  }
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (!given[i].value.defined()) throw ValueError(what + ": " + own[i].name + " is undefined");
    if (own[i].value.shape() == given[i].value.shape()) continue;
    throw ShapeError(what + ": " + own[i].name + " has the shape " + own[i].value.shape().str() + ", given " +
                     given[i].value.shape().str());
  }
}

}  // namespace

MetricImpl::MetricImpl(std::string name) : name_(std::move(name)) { layers::ConstructionScope::note(this); }

MetricImpl::MetricImpl(const MetricImpl& other)
    : Configurable(other), enable_shared_from_this(other), name_(other.name_), variables_(other.variables_) {
  layers::ConstructionScope::note(this);
}

MetricImpl::~MetricImpl() { layers::ConstructionScope::strike(this); }

std::shared_ptr<MetricImpl> MetricImpl::make(const std::string& name) {
  std::string lower = name;
  for (char& letter : lower) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (lower == "accuracy" || lower == "acc") return AccuracyByShape(name).pointer();
  const Metric metric = config::find_class(entries, "metric", name).make();
  metric.set_name(name);
  return metric.pointer();
}

Tensor MetricImpl::values() const { return tensor(result(), float64); }

void MetricImpl::reset_state() {
  for (const auto& [name, value] : variables_) value.fill(0);
}

void MetricImpl::merge_state(const std::vector<Metric>& others) {
  const std::string what = name_ + ": merge_state";
  const std::vector<MetricVariable>* with_state = variables_.empty() ? nullptr : &variables_;
  for (const Metric& other : others) {
    const MetricImpl& impl = *other;
    if (typeid(impl) != typeid(*this) || kind_of(impl) != kind_of(*this)) {
      throw ValueError(what + ": " + other.name() + " is another kind of metric, or has other options");
    }
    if (other.variables().empty()) continue;
    if (with_state) check_same_variables(what, *with_state, other.variables());
    with_state = &other.variables();
  }
  if (others.empty()) return;
  if (!with_state) {
    throw ValueError(what + ": there are no variables to add; a metric of one's own makes them with add_variable, or " +
                     "has a merge_state of its own");
  }
  // Of others that may be this one.
  std::vector<MetricVariable> sums;
  for (const auto& [name, value] : *with_state) sums.push_back({name, zeros(value.shape(), float64)});
  const auto add = [&](const std::vector<MetricVariable>& variables) {
    for (std::size_t i = 0; i < variables.size(); ++i) sums[i].value += variables[i].value;
  };
  add(variables_);
  for (const Metric& other : others) add(other.variables());
  set_variables(sums);
}

void MetricImpl::set_variables(const std::vector<MetricVariable>& values) {
  check_variables(values);
  const bool built = !variables_.empty();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Tensor own = built ? variables_[i].value : add_variable(values[i].name, values[i].value.shape());
    own.assign(values[i].value);
  }
}

void MetricImpl::check_variables(const std::vector<MetricVariable>& values) const {
  const std::string what = name_ + ": set_variables";
  if (!variables_.empty()) return check_same_variables(what, variables_, values);
  for (auto variable = values.begin(); variable != values.end(); ++variable) {
    if (!variable->value.defined()) throw ValueError(what + ": " + variable->name + " is undefined");
    const auto is_same = [&](const MetricVariable& other) { return other.name == variable->name; };
    if (std::any_of(values.begin(), variable, is_same)) {
      throw ValueError(what + ": " + variable->name + " is given twice");
    }
  }
}

Tensor MetricImpl::add_variable(std::string name, const Shape& shape) {
  for (const MetricVariable& variable : variables_) {
    if (variable.name == name) throw ValueError(name_ + ": it has a variable " + name + " already");
  }
  variables_.push_back({std::move(name), zeros(shape, float64)});
  return variables_.back().value;
}

const Tensor& MetricImpl::variable(const char* name) const {
  for (const MetricVariable& variable : variables_) {
    if (variable.name == name) return variable.value;
  }
  throw ValueError(name_ + ": it has no variable " + name);
}

Metric::Metric(std::function<Tensor(const Tensor&, const Tensor&)> function)
    : Metric(MeanMetricWrapper("custom", std::move(function))) {}

Metrics::Metrics(const std::vector<Metrics>& outputs) {
  for (const Metrics& metrics : outputs) {
    if (!metrics.outputs_.empty() || !metrics.places_.empty()) {
      throw ValueError("metrics: those of the output " + std::to_string(places_.size()) + " have no outputs");
    }
    places_.push_back(all_.size());
    all_.insert(all_.end(), metrics.begin(), metrics.end());
  }
  places_.push_back(all_.size());
}

Metrics Metrics::by_output(const std::vector<detail::Named<std::vector<Metric>>>& outputs) {
  Metrics result;
  for (const auto& [output, metrics] : outputs) {
    for (const Metric& metric : metrics) {
      result.all_.push_back(metric);
      result.outputs_.push_back(output);
    }
  }
  return result;
}

Metrics::Metrics(std::initializer_list<detail::Named<Metrics>> outputs) {
  for (const auto& [output, metrics] : outputs) {
    if (!metrics.outputs_.empty() || !metrics.places_.empty())
      throw ValueError("metrics: those of the output \"" + output + "\" have no outputs");
    all_.insert(all_.end(), metrics.begin(), metrics.end());
    outputs_.insert(outputs_.end(), metrics.size(), output);
  }
}

Config serialize(const Metric& metric) {
  if (metric && metric->class_name() == "AccuracyByShape") return metric.name();
  return config::serialize(metric.pointer().get(), "keras.metrics");
}

Metric deserialize(const Config& config) { return config::deserialize<Metric>(entries, "metric", config); }

}  // namespace xtape::metrics
