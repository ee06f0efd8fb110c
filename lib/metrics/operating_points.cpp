#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/metrics/operating_points.hpp>

#include "metrics/confusion_counts.hpp"
#include "metrics/metric_with.hpp"

namespace xtape::metrics {
namespace {

// As Keras in float32, so that a measure meets the constraint here where it does there.
float ratio(double part, double rest) {
  const float all = static_cast<float>(part) + static_cast<float>(rest);
  return all == 0 ? 0 : static_cast<float>(part) / all;
}

struct Point {
  double true_positives, false_positives, true_negatives, false_negatives;
  float sensitivity() const { return ratio(true_positives, false_negatives); }
  float specificity() const { return ratio(true_negatives, false_positives); }
  float precision() const { return ratio(true_positives, false_positives); }
};

using Measure = float (Point::*)() const;

template <class Options>
class BestAtImpl : public MetricWith<Options> {
 public:
  // The largest `wanted` where `constrained` is at least the option `least` of that name.
  BestAtImpl(const char* class_name, const Options& options, Measure wanted, Measure constrained,
             const char* least_name, double least)
      : MetricWith<Options>(class_name, options),
        wanted_(wanted),
        constrained_(constrained),
        least_(static_cast<float>(least)),
        matrix_(thresholds_of(class_name, options), options.num_thresholds > 1) {
    detail::check_number(class_name, least_name, least, detail::Range::from_0_to_1);
    if (options.class_id) detail::check_at_least(0, class_name, "class_id", *options.class_id);
    const Shape shape{matrix_.thresholds()};
    counts_ = {this->add_variable("true_positives", shape), this->add_variable("false_positives", shape),
               this->add_variable("true_negatives", shape), this->add_variable("false_negatives", shape)};
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const NoGrad no_grad;
    ConfusionBatch batch(this->name(), y_true, y_pred, sample_weight);
    if (this->options().class_id) batch.keep_class(this->name(), *this->options().class_id);
    matrix_.add(batch, 1, counts_);
  }

  double result() const override {
    const auto* const tp = counts_.true_positives.template data<const double>();
    const auto* const fp = counts_.false_positives.template data<const double>();
    const auto* const tn = counts_.true_negatives.template data<const double>();
    const auto* const fn = counts_.false_negatives.template data<const double>();
    float best = 0;
    for (int64_t i = 0; i < matrix_.thresholds(); ++i) {
      const Point point{tp[i], fp[i], tn[i], fn[i]};
      if ((point.*constrained_)() >= least_) best = std::max(best, (point.*wanted_)());
    }
    return static_cast<double>(best);
  }

 private:
  static std::vector<double> thresholds_of(const char* class_name, const Options& options) {
    check_threshold_count(1, class_name, options.num_thresholds);
    return options.num_thresholds == 1 ? std::vector<double>{0.5} : even_thresholds(options.num_thresholds);
  }

  Measure wanted_, constrained_;
  float least_;
  ConfusionCounts matrix_;
  Counts counts_;
};

template <class Options>
Metric best_at(const char* class_name, const Options& options, Measure wanted, Measure constrained,
               const char* least_name, double least) {
  return std::make_shared<BestAtImpl<Options>>(class_name, options, wanted, constrained, least_name, least);
}

}  // namespace

SensitivityAtSpecificity::SensitivityAtSpecificity(SensitivityAtSpecificityOptions options)
    : Metric(best_at("SensitivityAtSpecificity", options, &Point::sensitivity, &Point::specificity, "specificity",
                     options.specificity)) {}
SpecificityAtSensitivity::SpecificityAtSensitivity(SpecificityAtSensitivityOptions options)
    : Metric(best_at("SpecificityAtSensitivity", options, &Point::specificity, &Point::sensitivity, "sensitivity",
                     options.sensitivity)) {}
PrecisionAtRecall::PrecisionAtRecall(PrecisionAtRecallOptions options)
    : Metric(best_at("PrecisionAtRecall", options, &Point::precision, &Point::sensitivity, "recall", options.recall)) {}
RecallAtPrecision::RecallAtPrecision(RecallAtPrecisionOptions options)
    : Metric(best_at("RecallAtPrecision", options, &Point::sensitivity, &Point::precision, "precision",
                     options.precision)) {}

void SensitivityAtSpecificityOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("num_thresholds", num_thresholds)("specificity", specificity);
  f("class_id", class_id);
}
void SpecificityAtSensitivityOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("num_thresholds", num_thresholds)("sensitivity", sensitivity);
  f("class_id", class_id);
}
void PrecisionAtRecallOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("num_thresholds", num_thresholds)("recall", recall)("class_id", class_id);
}
void RecallAtPrecisionOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("num_thresholds", num_thresholds)("precision", precision);
  f("class_id", class_id);
}

}  // namespace xtape::metrics
