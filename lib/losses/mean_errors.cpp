#include <xtape/detail/floating.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>

namespace xtape::losses {
namespace {

// A shape that merely broadcasts is nearly always a mistake, and costs memory; Keras lets it pass.
Tensor difference(const char* name, const Tensor& y_true, const Tensor& y_pred) {
  detail::check_defined(name, y_true, y_pred);
  const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
  detail::check_same_shape(name, target, prediction);
  const Tensor numbers = detail::to_floating(prediction);
  return numbers - target.astype(numbers.dtype());
}

void check_shape(const char* name, const Tensor& y_true, const Shape& prediction_shape) {
  const auto [target, prediction] = detail::to_same_rank(y_true.shape(), prediction_shape);
  detail::check_same_shape(name, target, prediction);
}

std::string name_or(const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; }

}  // namespace

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  return detail::mean_of_last_axis(square(difference("mean_squared_error", y_true, y_pred)));
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  return detail::mean_of_last_axis(abs(difference("mean_absolute_error", y_true, y_pred)));
}

MeanSquaredError::MeanSquaredError(LossOptions options)
    : Loss(name_or(options.name, "mean_squared_error"), options.reduction) {}

Tensor MeanSquaredError::call(const Tensor& y_true, const Tensor& y_pred) const {
  return mean_squared_error(y_true, y_pred);
}

void MeanSquaredError::check_targets(const Tensor& y_true, const Shape& prediction_shape) const {
  check_shape("mean_squared_error", y_true, prediction_shape);
}

MeanAbsoluteError::MeanAbsoluteError(LossOptions options)
    : Loss(name_or(options.name, "mean_absolute_error"), options.reduction) {}

Tensor MeanAbsoluteError::call(const Tensor& y_true, const Tensor& y_pred) const {
  return mean_absolute_error(y_true, y_pred);
}

void MeanAbsoluteError::check_targets(const Tensor& y_true, const Shape& prediction_shape) const {
  check_shape("mean_absolute_error", y_true, prediction_shape);
}

}  // namespace xtape::losses
