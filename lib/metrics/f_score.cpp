#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/error.hpp>
#include <xtape/metrics/f_score.hpp>
#include <xtape/ops/creation.hpp>

#include "metrics/confusion_counts.hpp"
#include "metrics/metric_with.hpp"

namespace xtape::metrics {
namespace {

void check_options(const std::string& class_name, const std::optional<std::string>& average, double beta,
                   const std::optional<double>& threshold) {
  if (average && *average != "micro" && *average != "macro" && *average != "weighted") {
    detail::throw_unknown_name("average of " + class_name, *average, {"micro", "macro", "weighted"});
  }
  detail::check_number(class_name, "beta", beta, detail::Range::finite_and_positive);
  if (!threshold) return;
  detail::check_number(class_name, "threshold", *threshold, detail::Range::from_0_to_1);
  detail::check_number(class_name, "threshold", *threshold, detail::Range::finite_and_positive);
}

template <class Options>
class FScoreImpl : public MetricWith<Options> {
 public:
  FScoreImpl(const char* class_name, const Options& options, double beta)
      : MetricWith<Options>(class_name, options), beta_(static_cast<float>(beta)) {
    check_options(class_name, options.average, beta, options.threshold);
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const NoGrad no_grad;
    const std::string& name = this->name();
    detail::check_defined(name.c_str(), y_true, y_pred);
    if (y_true.rank() != 2 || y_pred.rank() != 2) {
      throw ShapeError(name + ": expected targets and predictions [batch, classes], given " + y_true.shape().str() +
                       " and " + y_pred.shape().str());
    }
    detail::check_same_shape(name.c_str(), y_true, y_pred);
    const Tensor weights = weights_for(name, y_pred.shape(), sample_weight);
    const int64_t classes = y_pred.shape(1);
    const int64_t sums = micro() ? 1 : classes;
    if (this->variables().empty()) {
      const Shape shape = micro() ? Shape{} : Shape{classes};
      for (const char* each : {"true_positives", "false_positives", "false_negatives", "intermediate_weights"}) {
        this->add_variable(each, shape);
      }
    } else if (!micro() && this->variables().front().value.numel() != classes) {
      throw ShapeError(name + ": expected predictions of " + std::to_string(this->variables().front().value.numel()) +
                       " classes, as in the first batch, given " + y_pred.shape().str());
    }
    const Tensor target = y_true.astype(float32).contiguous(), prediction = y_pred.astype(float32).contiguous();
    const float* truth = target.data<const float>();
    const float* row = prediction.data<const float>();
    const float* weight = weights.defined() ? weights.data<const float>() : nullptr;
    double* const tp = this->variable("true_positives").template data<double>();
    double* const fp = this->variable("false_positives").template data<double>();
    double* const fn = this->variable("false_negatives").template data<double>();
    double* const all = this->variable("intermediate_weights").template data<double>();
    for (int64_t i = 0; i < y_pred.shape(0); ++i) {
      const float least = this->options().threshold ? 0 : largest(row, classes);
      for (int64_t j = 0; j < classes; ++j) {
        const bool positive = this->options().threshold ? row[j] > static_cast<float>(*this->options().threshold)
                                                        : row[j] >= least && std::abs(row[j]) > 1e-9F;
        const double counts = weight ? static_cast<double>(weight[j]) : 1.0;
        const double true_part = counts * static_cast<double>(truth[j]);
        const int64_t place = sums == 1 ? 0 : j;
        if (positive) {
          tp[place] += true_part;
          fp[place] += counts - true_part;
        } else {
          fn[place] += true_part;
        }
        all[place] += true_part;
      }
      truth += classes;
      row += classes;
      if (weight) weight += classes;
    }
  }

  double result() const override {
    const std::vector<float> scores = this->scores();
    if (scores.empty()) return 0;
    double sum = 0;
    if (this->options().average == "weighted") {
      // As Keras in float32, with its epsilon.
      const std::vector<float> weights = this->variable("intermediate_weights").template to_vector<float>();
      float total = 0;
      for (const float weight : weights) total += weight;
      for (std::size_t i = 0; i < scores.size(); ++i) {
        sum += static_cast<double>(scores[i] * (weights[i] / (total + epsilon)));
      }
      return sum;
    }
    for (const float score : scores) sum += static_cast<double>(score);
    return sum / static_cast<double>(scores.size());
  }
  Tensor values() const override {
    if (this->options().average || this->variables().empty()) return tensor(result(), float64);
    return tensor(scores()).astype(float64);
  }

 private:
  static constexpr float epsilon = 1e-7F;

  bool micro() const { return this->options().average == "micro"; }

  // NaN, which nothing is at least, if there is one.
  static float largest(const float* row, int64_t classes) {
    float result = row[0];
    for (int64_t j = 1; j < classes; ++j) result = row[j] > result || row[j] != row[j] ? row[j] : result;
    return result;
  }

  std::vector<float> scores() const {
    if (this->variables().empty()) return {};
    const std::vector<float> tp = this->variable("true_positives").template to_vector<float>();
    const std::vector<float> fp = this->variable("false_positives").template to_vector<float>();
    const std::vector<float> fn = this->variable("false_negatives").template to_vector<float>();
    std::vector<float> result;
    for (std::size_t i = 0; i < tp.size(); ++i) {
      const float precision = tp[i] / (tp[i] + fp[i] + epsilon), recall = tp[i] / (tp[i] + fn[i] + epsilon);
      const float mean = precision * recall / (beta_ * beta_ * precision + recall + epsilon);
      result.push_back(mean * (1 + beta_ * beta_));
    }
    return result;
  }

  float beta_;
};

}  // namespace

FBetaScore::FBetaScore(FBetaScoreOptions options)
    : Metric(std::make_shared<FScoreImpl<FBetaScoreOptions>>("FBetaScore", options, options.beta)) {}
F1Score::F1Score(F1ScoreOptions options)
    : Metric(std::make_shared<FScoreImpl<F1ScoreOptions>>("F1Score", options, 1.0)) {}

void FBetaScoreOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("average", average)("beta", beta)("threshold", threshold);
}
void F1ScoreOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("average", average)("threshold", threshold);
}

}  // namespace xtape::metrics
