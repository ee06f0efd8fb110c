#include <cmath>
#include <xtape/autograd.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/metrics/mean_errors.hpp>

namespace xtape::metrics {

MeanSquaredError::MeanSquaredError(std::string name)
    : MeanMetricWrapper(std::move(name), &losses::mean_squared_error) {}

MeanAbsoluteError::MeanAbsoluteError(std::string name)
    : MeanMetricWrapper(std::move(name), &losses::mean_absolute_error) {}

void RootMeanSquaredError::update_state(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight) {
  const NoGrad no_grad;
  mean_.update_state(losses::mean_squared_error(y_true, y_pred), sample_weight);
}

double RootMeanSquaredError::result() const { return std::sqrt(mean_.result()); }

}  // namespace xtape::metrics
