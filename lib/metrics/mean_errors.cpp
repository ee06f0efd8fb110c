#include <cmath>
#include <xtape/autograd.hpp>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/losses/robust_errors.hpp>
#include <xtape/metrics/mean_errors.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>

#include "metrics/mean_of.hpp"

namespace xtape::metrics {
namespace {

class RootMeanSquaredErrorImpl : public MetricImpl {
 public:
  explicit RootMeanSquaredErrorImpl(std::string name)
      : MetricImpl(std::move(name)), state_{add_variable("total"), add_variable("count")} {}

  void update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) override {
    const NoGrad no_grad;
    detail::check_defined(name().c_str(), y_true, y_pred);
    const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
    detail::check_same_shape(name().c_str(), target, prediction);
    const Tensor numbers = detail::to_floating(prediction);
    state_.add(name(), square(numbers - target.astype(numbers.dtype())), sample_weight);
  }
  double result() const override { return std::sqrt(state_.mean()); }

  std::string class_name() const override { return "RootMeanSquaredError"; }
  void fields(Fields& f) override { MetricFields{name()}.fields(f); }

 private:
  MeanState state_;
};

}  // namespace

MeanSquaredError::MeanSquaredError(std::string name)
    : Metric(mean_of("MeanSquaredError", std::move(name), &losses::mean_squared_error)) {}

MeanAbsoluteError::MeanAbsoluteError(std::string name)
    : Metric(mean_of("MeanAbsoluteError", std::move(name), &losses::mean_absolute_error)) {}

MeanAbsolutePercentageError::MeanAbsolutePercentageError(std::string name)
    : Metric(mean_of("MeanAbsolutePercentageError", std::move(name), &losses::mean_absolute_percentage_error)) {}

MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(std::string name)
    : Metric(mean_of("MeanSquaredLogarithmicError", std::move(name), &losses::mean_squared_logarithmic_error)) {}

LogCoshError::LogCoshError(std::string name) : Metric(mean_of("LogCoshError", std::move(name), &losses::log_cosh)) {}

RootMeanSquaredError::RootMeanSquaredError(std::string name)
    : Metric(std::make_shared<RootMeanSquaredErrorImpl>(std::move(name))) {}

}  // namespace xtape::metrics
