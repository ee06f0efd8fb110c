#include <xtape/detail/targets.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>

#include "losses/function_loss.hpp"
#include "losses/operands.hpp"

namespace xtape::losses {
namespace {

// Keras's guard against division by 0 and log(0) (backend.epsilon()).
constexpr double epsilon = 1e-7;

Tensor difference(const char* name, const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, prediction] = operands(name, y_true, y_pred);
  return prediction - target;
}

}  // namespace

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  return detail::mean_of_last_axis(square(difference("mean_squared_error", y_true, y_pred)));
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  return detail::mean_of_last_axis(abs(difference("mean_absolute_error", y_true, y_pred)));
}

Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, prediction] = operands("mean_absolute_percentage_error", y_true, y_pred);
  return 100 * detail::mean_of_last_axis(abs((target - prediction) / maximum(abs(target), epsilon)));
}

Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, prediction] = operands("mean_squared_logarithmic_error", y_true, y_pred);
  return detail::mean_of_last_axis(square(log1p(maximum(prediction, epsilon)) - log1p(maximum(target, epsilon))));
}

MeanSquaredError::MeanSquaredError(LossOptions options)
    : Loss(plain_loss("MeanSquaredError", "mean_squared_error", mean_squared_error, std::move(options))) {}

MeanAbsoluteError::MeanAbsoluteError(LossOptions options)
    : Loss(plain_loss("MeanAbsoluteError", "mean_absolute_error", mean_absolute_error, std::move(options))) {}

MeanAbsolutePercentageError::MeanAbsolutePercentageError(LossOptions options)
    : Loss(plain_loss("MeanAbsolutePercentageError", "mean_absolute_percentage_error", mean_absolute_percentage_error,
                      std::move(options))) {}

MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(LossOptions options)
    : Loss(plain_loss("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", mean_squared_logarithmic_error,
                      std::move(options))) {}

}  // namespace xtape::losses
