#include <utility>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/metrics/correlation.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "metrics/mean_of.hpp"

namespace xtape::metrics {
namespace {

// Means, and deviations from them, along an axis.
struct Moments {
  Tensor mean, deviation, variance;
  Moments(const Tensor& x, Axis axis)
      : mean(xtape::mean(x, axis, true)), deviation(x - mean), variance(xtape::mean(square(deviation), axis)) {}
};

struct Pair {
  Moments target, prediction;
  Tensor covariance;
  Pair(const char* metric, const Tensor& y_true, const Tensor& y_pred, Axis axis)
      : Pair(floating(metric, y_true, y_pred), detail::to_floating(y_pred), axis) {}

 private:
  Pair(const Tensor& y_true, const Tensor& y_pred, Axis axis)
      : target(y_true, axis),
        prediction(y_pred, axis),
        covariance(mean(target.deviation * prediction.deviation, axis)) {}
  static Tensor floating(const char* metric, const Tensor& y_true, const Tensor& y_pred) {
    detail::check_same_shape(metric, y_true, y_pred);
    return y_true.astype(detail::floating_type(y_pred.dtype()));
  }
};

std::string name_or(const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; }

}  // namespace

PearsonCorrelation::PearsonCorrelation(CorrelationOptions options)
    : Metric(mean_of(
          "PearsonCorrelation", name_or(options.name, "pearson_correlation"),
          [axis = options.axis](const Tensor& y_true, const Tensor& y_pred) {
            const Pair pair("pearson_correlation", y_true, y_pred, axis);
            return pair.covariance / (sqrt(pair.target.variance) * sqrt(pair.prediction.variance));
          },
          [axis = options.axis](Fields& f) mutable { f("axis", axis); })) {}

ConcordanceCorrelation::ConcordanceCorrelation(CorrelationOptions options)
    : Metric(mean_of(
          "ConcordanceCorrelation", name_or(options.name, "concordance_correlation"),
          [axis = options.axis](const Tensor& y_true, const Tensor& y_pred) {
            const Pair pair("concordance_correlation", y_true, y_pred, axis);
            const Tensor shift = mean(pair.target.mean - pair.prediction.mean, axis);
            return 2 * pair.covariance / (pair.target.variance + pair.prediction.variance + square(shift) + 1e-7);
          },
          [axis = options.axis](Fields& f) mutable { f("axis", axis); })) {}

void CorrelationOptions::fields(Fields& f) { f("name", name).accept("dtype", "float32")("axis", axis); }

}  // namespace xtape::metrics
