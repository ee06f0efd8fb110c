#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/metrics/auc.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>

#include "metrics/confusion_counts.hpp"
#include "metrics/metric_with.hpp"

namespace xtape::metrics {
namespace {

double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

// What is counted at one threshold.
struct Point {
  double tp, fp, tn, fn;
  double recall() const { return quotient(tp, tp + fn); }
  double precision() const { return quotient(tp, tp + fp); }
  double positives() const { return tp + fp; }
  // Of the gains, which take the part of positive samples for 0 (Flach and Kull 2015).
  double odds() const { return quotient(tp + fn, tn + fp); }
  double recall_gain() const { return tp == 0 ? 0 : std::max(0.0, 1 - odds() * fn / tp); }
  double precision_gain() const { return tp == 0 ? 1 : 1 - odds() * fp / tp; }
};

enum class Curve { roc, pr, pr_gain };
enum class Summation { interpolation, minoring, majoring };

Curve curve_of(const AUCOptions& options) {
  return options.curve == "ROC" ? Curve::roc : options.curve == "PR" ? Curve::pr : Curve::pr_gain;
}
Summation summation_of(const AUCOptions& options) {
  return options.summation_method == "interpolation" ? Summation::interpolation
         : options.summation_method == "minoring"    ? Summation::minoring
                                                     : Summation::majoring;
}

struct Place {
  double x, y;
};

Place on_curve(Curve curve, const Point& point) {
  if (curve == Curve::roc) return {quotient(point.fp, point.fp + point.tn), point.recall()};
  if (curve == Curve::pr) return {point.recall(), point.precision()};
  return {point.recall_gain(), point.precision_gain()};
}

// Between two points of the precision-recall curve true and false positives are interpolated, not the precision.
double interpolated_precision_area(const Point& left, const Point& right) {
  const double found = left.tp - right.tp;
  const double slope = quotient(found, std::max(left.positives() - right.positives(), 0.0));
  const double intercept = right.tp - slope * right.positives();
  const bool both = left.positives() > 0 && right.positives() > 0;
  const double ratio = both ? left.positives() / right.positives() : 1;
  return quotient(slope * (found + intercept * std::log(ratio)), std::max(right.tp + right.fn, 0.0));
}

double area_between(Summation summation, const Place& left, const Place& right) {
  const auto [low, high] = std::minmax(left.y, right.y);
  const double height = summation == Summation::minoring   ? low
                        : summation == Summation::majoring ? high
                                                           : (low + high) / 2;
  return (left.x - right.x) * height;
}

// Under the curve through so many points, of which `point` gives each. It is asked for after each batch.
template <class PointAt>
double area(Curve curve, Summation summation, int64_t points, const PointAt& point) {
  double sum = 0;
  if (curve == Curve::pr && summation == Summation::interpolation) {
    for (int64_t i = 1; i < points; ++i) sum += interpolated_precision_area(point(i - 1), point(i));
    return sum;
  }
  Place left = on_curve(curve, point(0));
  for (int64_t i = 1; i < points; ++i) {
    const Place right = on_curve(curve, point(i));
    sum += area_between(summation, left, right);
    left = right;
  }
  return sum;
}

// One of these names, which may begin with a capital letter or be of small ones.
std::string known_name(const char* option, const std::string& given, const std::vector<std::string>& known) {
  for (const std::string& name : known) {
    if (given == name || detail::to_snake_case(given) == name || given == detail::to_snake_case(name)) return name;
  }
  detail::throw_unknown_name(option, given, known);
}

AUCOptions checked(AUCOptions options) {
  options.curve = known_name("curve of AUC", options.curve, {"ROC", "PR", "PRGAIN"});
  options.summation_method =
      known_name("summation_method of AUC", options.summation_method, {"interpolation", "minoring", "majoring"});
  if (options.thresholds.given()) {
    for (const double threshold : options.thresholds.all()) {
      detail::check_number("AUC", "thresholds", threshold, detail::Range::from_0_to_1);
    }
    options.num_thresholds = static_cast<int64_t>(options.thresholds.all().size()) + 2;
  }
  check_threshold_count(2, "AUC", options.num_thresholds);
  if (options.num_labels) {
    detail::check_at_least(1, "AUC", "num_labels", *options.num_labels);
    if (!options.multi_label) throw ValueError("AUC: num_labels is given, which needs multi_label");
  }
  if (!options.label_weights.given()) return options;
  const std::vector<double>& weights = options.label_weights.all();
  if (weights.empty()) throw ValueError("AUC: label_weights must not be an empty list");
  for (const double weight : weights) {
    detail::check_number("AUC", "label_weights", weight, detail::Range::finite_and_not_negative);
  }
  if (options.num_labels && static_cast<int64_t>(weights.size()) != *options.num_labels) {
    throw ValueError("AUC: label_weights are " + std::to_string(weights.size()) + ", num_labels is " +
                     std::to_string(*options.num_labels));
  }
  return options;
}

// The thresholds that are asked for, between 0 and 1.
std::vector<double> inner_thresholds(const AUCOptions& options) {
  if (!options.thresholds.given()) return even_thresholds(options.num_thresholds);
  std::vector<double> all = options.thresholds.all();
  std::sort(all.begin(), all.end());
  all.insert(all.begin(), 0.0);
  all.push_back(1.0);
  return all;
}

// Those with ends a little outside, which every prediction exceeds, and none.
std::vector<double> widened(std::vector<double> thresholds) {
  constexpr double epsilon = 1e-7;
  thresholds.front() = -epsilon;
  thresholds.back() = 1 + epsilon;
  return thresholds;
}

class AUCImpl : public MetricWith<AUCOptions> {
 public:
  explicit AUCImpl(AUCOptions options)
      : MetricWith("AUC", checked(std::move(options))),
        curve_(curve_of(this->options())),
        summation_(summation_of(this->options())),
        matrix_({}, false) {
    const std::vector<double> thresholds = inner_thresholds(this->options());
    matrix_ = ConfusionCounts(widened(thresholds), !this->options().thresholds.given() || are_even(thresholds));
    if (!this->options().multi_label) build({matrix_.thresholds()});
    if (this->options().num_labels) build({matrix_.thresholds(), *this->options().num_labels});
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const NoGrad no_grad;
    ConfusionBatch batch(name(), y_true, y_pred, sample_weight);
    if (options().multi_label) check_labels(batch.y_pred.shape());
    if (options().label_weights.given() && !options().multi_label) weigh_labels(batch);
    if (options().from_logits) batch.y_pred = sigmoid(batch.y_pred);
    const int64_t labels = options().multi_label ? batch.y_pred.shape(-1) : 1;
    if (variables().empty()) build({matrix_.thresholds(), labels});
    matrix_.add(batch, labels,
                {variable("true_positives"), variable("false_positives"), variable("true_negatives"),
                 variable("false_negatives")});
  }

  double result() const override {
    if (variables().empty()) return 0;
    const auto* const tp = variable("true_positives").data<const double>();
    const auto* const fp = variable("false_positives").data<const double>();
    const auto* const tn = variable("true_negatives").data<const double>();
    const auto* const fn = variable("false_negatives").data<const double>();
    const int64_t labels = variable("true_positives").numel() / matrix_.thresholds();
    double weighted = 0, total = 0;
    for (int64_t label = 0; label < labels; ++label) {
      const auto point = [&](int64_t threshold) {
        const int64_t i = threshold * labels + label;
        return Point{tp[i], fp[i], tn[i], fn[i]};
      };
      const double weight = options().multi_label ? weight_of(label) : 1;
      weighted += weight * area(curve_, summation_, matrix_.thresholds(), point);
      total += weight;
    }
    return quotient(weighted, total);
  }

 private:
  void build(const Shape& shape) {
    for (const char* variable : {"true_positives", "false_positives", "true_negatives", "false_negatives"}) {
      add_variable(variable, shape);
    }
  }

  double weight_of(int64_t label) const {
    return options().label_weights.given() ? options().label_weights.all()[static_cast<std::size_t>(label)] : 1;
  }

  void check_label_weights(const Shape& predictions) const {
    const auto count = static_cast<int64_t>(options().label_weights.all().size());
    if (!options().label_weights.given() || (predictions.rank() > 0 && predictions.back() == count)) return;
    throw ShapeError(name() + ": there are " + std::to_string(count) + " label_weights, given predictions " +
                     predictions.str());
  }
  void check_labels(const Shape& predictions) const {
    if (predictions.rank() != 2) {
      throw ShapeError(name() + ": with multi_label expected predictions [batch, labels], given " + predictions.str());
    }
    check_label_weights(predictions);
    if (variables().empty()) return;
    const int64_t labels = variables().front().value.shape(1);
    if (predictions.back() == labels) return;
    throw ShapeError(name() + ": expected predictions of " + std::to_string(labels) + " labels" +
                     (options().num_labels ? "" : ", as in the first batch") + ", given " + predictions.str());
  }
  void weigh_labels(ConfusionBatch& batch) const {
    check_label_weights(batch.y_pred.shape());
    const Tensor weights = tensor(options().label_weights.all()).astype(float32);
    batch.weights =
        batch.weights.defined() ? batch.weights * weights : weights.broadcast_to(batch.y_pred.shape()).contiguous();
  }

  Curve curve_;
  Summation summation_;
  ConfusionCounts matrix_;
};

}  // namespace

AUC::AUC(AUCOptions options) : Metric(std::make_shared<AUCImpl>(std::move(options))) {}

void AUCOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("num_thresholds", num_thresholds)("curve", curve);
  f("summation_method", summation_method)("multi_label", multi_label)("num_labels", num_labels);
  f("label_weights", label_weights)("from_logits", from_logits)("thresholds", thresholds);
}

}  // namespace xtape::metrics
