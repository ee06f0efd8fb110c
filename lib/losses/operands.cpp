#include "losses/operands.hpp"

#include <string>
#include <xtape/detail/floating.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/reduction.hpp>

namespace xtape::losses {

Operands operands(const char* operation, const Tensor& y_true, const Tensor& y_pred) {
  detail::check_defined(operation, y_true, y_pred);
  const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
  detail::check_same_shape(operation, target, prediction);
  const Tensor numbers = detail::to_floating(prediction);
  return {target.astype(numbers.dtype()), numbers};
}

void check_operands(const char* operation, const Tensor& y_true, const Shape& prediction_shape) {
  const auto [target, prediction] = detail::to_same_rank(y_true.shape(), prediction_shape);
  detail::check_same_shape(operation, target, prediction);
}

int checked_axis(const char* operation, int axis, const Shape& prediction_shape) {
  const int rank = prediction_shape.rank();
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw IndexError(std::string(operation) + ": axis " + std::to_string(axis) + " is out of range for predictions " +
                   prediction_shape.str());
}

Tensor mean_along(const char* operation, const Tensor& values, int axis) {
  if (axis == -1) return detail::mean_of_last_axis(values);
  return mean(values, checked_axis(operation, axis, values.shape()));
}

}  // namespace xtape::losses
