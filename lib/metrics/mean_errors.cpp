#include <cmath>
#include <xtape/autograd.hpp>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/metrics/mean_errors.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>

namespace xtape::metrics {

MeanSquaredError::MeanSquaredError(std::string name)
    : MeanMetricWrapper(std::move(name), &losses::mean_squared_error) {}

MeanAbsoluteError::MeanAbsoluteError(std::string name)
    : MeanMetricWrapper(std::move(name), &losses::mean_absolute_error) {}

void RootMeanSquaredError::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const NoGrad no_grad;
  detail::check_defined(name().c_str(), y_true, y_pred);
  const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
  detail::check_same_shape(name().c_str(), target, prediction);
  const Tensor numbers = detail::to_floating(prediction);
  mean_.update_state(square(numbers - target.astype(numbers.dtype())), sample_weight);
}

double RootMeanSquaredError::result() const { return std::sqrt(mean_.result()); }

}  // namespace xtape::metrics
