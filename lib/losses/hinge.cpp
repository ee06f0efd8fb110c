#include <xtape/detail/labels.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/losses/hinge.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "losses/function_loss.hpp"
#include "losses/operands.hpp"

namespace xtape::losses {
namespace {

constexpr const char* categorical = "categorical_hinge";

// What each prediction lacks of a margin of 1.
Tensor missing(const char* name, const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, prediction] = operands(name, y_true, y_pred);
  detail::check_signs(name, y_true);
  const Tensor binary = all(logical_or(target == 0, target == 1));
  return maximum(1 - where(binary, 2 * target - 1, target) * prediction, 0);
}

void check_labels(const char* name, const Tensor& y_true, const Shape& prediction_shape) {
  check_operands(name, y_true, prediction_shape);
  detail::check_signs(name, y_true);
}

void check_one_hot(const char* name, const Tensor& y_true, const Shape& prediction_shape) {
  detail::check_classes(name, prediction_shape);
  check_operands(name, y_true, prediction_shape);
}

}  // namespace

Tensor hinge(const Tensor& y_true, const Tensor& y_pred) {
  return detail::mean_of_last_axis(missing("hinge", y_true, y_pred));
}

Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred) {
  return detail::mean_of_last_axis(square(missing("squared_hinge", y_true, y_pred)));
}

Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred) {
  detail::check_defined(categorical, y_true, y_pred);
  detail::check_classes(categorical, y_pred.shape());
  const auto [target, prediction] = operands(categorical, y_true, y_pred);
  return maximum(1 + max((1 - target) * prediction, -1) - sum(target * prediction, -1), 0);
}

Hinge::Hinge(LossOptions options) : Loss(plain_loss("Hinge", "hinge", hinge, std::move(options), check_labels)) {}
SquaredHinge::SquaredHinge(LossOptions options)
    : Loss(plain_loss("SquaredHinge", "squared_hinge", squared_hinge, std::move(options), check_labels)) {}
CategoricalHinge::CategoricalHinge(LossOptions options)
    : Loss(plain_loss("CategoricalHinge", categorical, categorical_hinge, std::move(options), check_one_hot)) {}

}  // namespace xtape::losses
