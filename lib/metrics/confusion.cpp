#include <numeric>
#include <utility>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/metrics/confusion.hpp>
#include <xtape/ops/creation.hpp>

#include "metrics/confusion_counts.hpp"
#include "metrics/metric_with.hpp"

namespace xtape::metrics {
namespace {

double mean_of(const std::vector<double>& figures) {
  return std::accumulate(figures.begin(), figures.end(), 0.0) / static_cast<double>(figures.size());
}

// One number as [].
Tensor as_values(const std::vector<double>& figures) {
  return figures.size() == 1 ? tensor(figures.front(), float64) : tensor(figures);
}

class CountImpl : public MetricWith<CountOptions> {
 public:
  CountImpl(const char* class_name, CountOptions options, Tensor Counts::*wanted)
      : CountImpl(class_name, options, wanted,
                  options.thresholds.given() ? checked_thresholds(class_name, options.thresholds.all())
                                             : std::vector<double>{0.5}) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const NoGrad no_grad;
    matrix_.add(ConfusionBatch(name(), y_true, y_pred, sample_weight), 1, counts_);
  }
  double result() const override { return mean_of(accumulator_.to_vector<double>()); }
  Tensor values() const override { return as_values(accumulator_.to_vector<double>()); }

 private:
  CountImpl(const char* class_name, CountOptions options, Tensor Counts::*wanted, const std::vector<double>& thresholds)
      : MetricWith(class_name, std::move(options)),
        matrix_(thresholds, are_even(thresholds)),
        accumulator_(add_variable("accumulator", {matrix_.thresholds()})) {
    counts_.*wanted = accumulator_;
  }

  ConfusionCounts matrix_;
  Tensor accumulator_;
  Counts counts_;
};

std::vector<double> thresholds_of(const char* class_name, const PrecisionOptions& options) {
  if (options.thresholds.given()) return checked_thresholds(class_name, options.thresholds.all());
  // With top_k any number exceeds it, but for those that are not among them.
  return {options.top_k ? -1e10 : 0.5};
}

// True positives over those and `others`.
class RatioImpl : public MetricWith<PrecisionOptions> {
 public:
  RatioImpl(const char* class_name, const PrecisionOptions& options, Tensor Counts::*others, const char* others_name)
      : RatioImpl(class_name, options, others, others_name, thresholds_of(class_name, options)) {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const NoGrad no_grad;
    ConfusionBatch batch(name(), y_true, y_pred, sample_weight);
    if (options().top_k) batch.keep_top(name(), *options().top_k);
    if (options().class_id) batch.keep_class(name(), *options().class_id);
    matrix_.add(batch, 1, counts_);
  }
  double result() const override { return mean_of(ratios()); }
  Tensor values() const override { return as_values(ratios()); }

 private:
  RatioImpl(const char* class_name, const PrecisionOptions& options, Tensor Counts::*others, const char* others_name,
            const std::vector<double>& thresholds)
      : MetricWith(class_name, options), matrix_(thresholds, are_even(thresholds)) {
    if (options.top_k) detail::check_at_least(1, class_name, "top_k", *options.top_k);
    if (options.class_id) detail::check_at_least(0, class_name, "class_id", *options.class_id);
    counts_.true_positives = add_variable("true_positives", {matrix_.thresholds()});
    others_ = counts_.*others = add_variable(others_name, {matrix_.thresholds()});
  }

  std::vector<double> ratios() const {
    std::vector<double> result;
    const double* const found = counts_.true_positives.data<const double>();
    const double* const others = others_.data<const double>();
    for (int64_t i = 0; i < matrix_.thresholds(); ++i) {
      const double all = found[i] + others[i];
      result.push_back(all == 0 ? 0 : found[i] / all);
    }
    return result;
  }

  ConfusionCounts matrix_;
  Counts counts_;
  Tensor others_;
};

Metric count(const char* class_name, CountOptions options, Tensor Counts::*wanted) {
  return std::make_shared<CountImpl>(class_name, std::move(options), wanted);
}

}  // namespace

TruePositives::TruePositives(CountOptions options)
    : Metric(count("TruePositives", std::move(options), &Counts::true_positives)) {}
FalsePositives::FalsePositives(CountOptions options)
    : Metric(count("FalsePositives", std::move(options), &Counts::false_positives)) {}
TrueNegatives::TrueNegatives(CountOptions options)
    : Metric(count("TrueNegatives", std::move(options), &Counts::true_negatives)) {}
FalseNegatives::FalseNegatives(CountOptions options)
    : Metric(count("FalseNegatives", std::move(options), &Counts::false_negatives)) {}

Precision::Precision(PrecisionOptions options)
    : Metric(std::make_shared<RatioImpl>("Precision", options, &Counts::false_positives, "false_positives")) {}
Recall::Recall(RecallOptions options)
    : Metric(std::make_shared<RatioImpl>("Recall", options, &Counts::false_negatives, "false_negatives")) {}

void CountOptions::fields(Fields& f) { f("name", name).accept("dtype", "float32")("thresholds", thresholds); }
void PrecisionOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("thresholds", thresholds)("top_k", top_k)("class_id", class_id);
}

}  // namespace xtape::metrics
