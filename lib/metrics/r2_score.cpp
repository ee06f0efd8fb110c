#include <cmath>
#include <limits>
#include <utility>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/metrics/r2_score.hpp>
#include <xtape/ops/creation.hpp>

#include "metrics/confusion_counts.hpp"
#include "metrics/metric_with.hpp"

namespace xtape::metrics {
namespace {

class R2ScoreImpl : public MetricWith<R2ScoreOptions> {
 public:
  explicit R2ScoreImpl(R2ScoreOptions options) : MetricWith("R2Score", std::move(options)) {
    const auto& aggregation = this->options().class_aggregation;
    if (aggregation && *aggregation != "uniform_average" && *aggregation != "variance_weighted_average") {
      detail::throw_unknown_name("class_aggregation of R2Score", *aggregation,
                                 {"uniform_average", "variance_weighted_average"});
    }
    detail::check_at_least(0, "R2Score", "num_regressors", this->options().num_regressors);
  }

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const NoGrad no_grad;
    detail::check_defined(name().c_str(), y_true, y_pred);
    const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
    if (target.rank() != 2 || prediction.rank() != 2) {
      throw ShapeError(name() + ": expected targets and predictions [batch, outputs], given " + y_true.shape().str() +
                       " and " + y_pred.shape().str());
    }
    detail::check_same_shape(name().c_str(), target, prediction);
    const Tensor weights = weights_for(name(), prediction.shape(), sample_weight);
    const int64_t outputs = prediction.shape(1);
    if (variables().empty()) {
      add_variable("num_samples");
      for (const char* each : {"squared_sum", "sum", "residual", "count"}) add_variable(each, {outputs});
    } else if (variable("sum").numel() != outputs) {
      throw ShapeError(name() + ": expected predictions of " + std::to_string(variable("sum").numel()) +
                       " outputs, as in the first batch, given " + y_pred.shape().str());
    }
    const Tensor truths = target.astype(float64).contiguous(), guesses = prediction.astype(float64).contiguous();
    const double* truth = truths.data<const double>();
    const double* guess = guesses.data<const double>();
    const float* weight = weights.defined() ? weights.data<const float>() : nullptr;
    double* const squared_sum = variable("squared_sum").data<double>();
    double* const sum = variable("sum").data<double>();
    double* const residual = variable("residual").data<double>();
    double* const count = variable("count").data<double>();
    int64_t samples = 0;
    for (int64_t i = 0; i < prediction.shape(0); ++i) {
      bool counts = false;
      for (int64_t j = 0; j < outputs; ++j, ++truth, ++guess) {
        const double w = weight ? static_cast<double>(*weight++) : 1.0;
        const double error = *truth - *guess;
        sum[j] += w * *truth;
        squared_sum[j] += w * *truth * *truth;
        residual[j] += w * error * error;
        count[j] += w;
        counts |= w != 0;
      }
      samples += counts;
    }
    variable("num_samples").data<double>()[0] += static_cast<double>(samples);
  }

  double result() const override {
    double sum = 0;
    const std::vector<double> figures = this->figures();
    for (const double figure : figures) sum += figure;
    return sum / static_cast<double>(figures.size());
  }
  Tensor values() const override {
    const std::vector<double> figures = this->figures();
    return options().class_aggregation || variables().empty() ? tensor(figures.front(), float64) : tensor(figures);
  }

 private:
  // One, or that of each output.
  std::vector<double> figures() const {
    if (variables().empty()) return {std::numeric_limits<double>::quiet_NaN()};
    std::vector<double> scores, deviations;
    const double* const squared_sum = variable("squared_sum").data<const double>();
    const double* const sum = variable("sum").data<const double>();
    const double* const residual = variable("residual").data<const double>();
    const double* const count = variable("count").data<const double>();
    for (int64_t j = 0; j < variable("sum").numel(); ++j) {
      double deviation = squared_sum[j] - sum[j] * (sum[j] / count[j]);
      // What sums of equal targets leave by rounding.
      if (std::abs(deviation) < 1e-13 * squared_sum[j]) deviation = 0;
      const double score = 1 - residual[j] / deviation;
      scores.push_back(std::isinf(score) ? 0 : score);
      deviations.push_back(deviation);
    }
    if (options().class_aggregation) {
      const bool uniform = *options().class_aggregation == "uniform_average";
      double weighted = 0, total = 0;
      for (std::size_t j = 0; j < scores.size(); ++j) {
        const double weight = uniform ? 1 : deviations[j];
        weighted += weight * scores[j];
        total += weight;
      }
      scores = {weighted / total};
    }
    const double samples = variable("num_samples").data<const double>()[0];
    const auto regressors = static_cast<double>(options().num_regressors);
    if (regressors != 0 && regressors < samples - 1) {
      for (double& score : scores) score = 1 - (1 - score) * (samples - 1) / (samples - regressors - 1);
    }
    return scores;
  }
};

}  // namespace

R2Score::R2Score(R2ScoreOptions options) : Metric(std::make_shared<R2ScoreImpl>(std::move(options))) {}

void R2ScoreOptions::fields(Fields& f) {
  f("name", name).accept("dtype", "float32")("class_aggregation", class_aggregation);
  f("num_regressors", num_regressors);
}

}  // namespace xtape::metrics
