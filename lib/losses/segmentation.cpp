#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/losses/segmentation.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/reduction.hpp>

#include "losses/function_loss.hpp"
#include "losses/operands.hpp"

namespace xtape::losses {
namespace {

// Keras's guard against division by 0 (backend.epsilon()).
constexpr double epsilon = 1e-7;

void check_areas(const char* name, const Tensor& y_true, const Shape& prediction_shape, const Axes& axes) {
  check_operands(name, y_true, prediction_shape);
  for (const int axis : axes.values()) checked_axis(name, axis, prediction_shape);
  detail::check_probabilities(name, y_true);
}

Operands areas(const char* name, const Tensor& y_true, const Tensor& y_pred, const Axes& axes) {
  const Operands result = operands(name, y_true, y_pred);
  check_areas(name, result.target, result.prediction.shape(), axes);
  return result;
}

void check_weights(const char* subject, double alpha, double beta) {
  detail::check_number(subject, "alpha", alpha, detail::Range::finite_and_not_negative);
  detail::check_number(subject, "beta", beta, detail::Range::finite_and_not_negative);
}

TverskyOptions checked(TverskyOptions options) {
  check_weights("Tversky", options.alpha, options.beta);
  return options;
}

constexpr LossDefinition<DiceOptions> dice_definition = {
    "Dice", "dice",
    [](const Tensor& y_true, const Tensor& y_pred, const DiceOptions& options) {
      return dice(y_true, y_pred, options.axis);
    },
    [](const Tensor& y_true, const Shape& prediction_shape, const DiceOptions& options) {
      check_areas("dice", y_true, prediction_shape, options.axis);
    }};

constexpr LossDefinition<TverskyOptions> tversky_definition = {
    "Tversky", "tversky",
    [](const Tensor& y_true, const Tensor& y_pred, const TverskyOptions& options) {
      return tversky(y_true, y_pred, options.alpha, options.beta, options.axis);
    },
    [](const Tensor& y_true, const Shape& prediction_shape, const TverskyOptions& options) {
      check_areas("tversky", y_true, prediction_shape, options.axis);
    }};

}  // namespace

Tensor dice(const Tensor& y_true, const Tensor& y_pred, const Axes& axis) {
  const auto [target, prediction] = areas("dice", y_true, y_pred, axis);
  const Tensor common = sum(target * prediction, axis);
  return 1 - 2 * common / (sum(target, axis) + sum(prediction, axis) + epsilon);
}

Tensor tversky(const Tensor& y_true, const Tensor& y_pred, double alpha, double beta, const Axes& axis) {
  check_weights("tversky", alpha, beta);
  const auto [target, prediction] = areas("tversky", y_true, y_pred, axis);
  const Tensor common = sum(target * prediction, axis);
  const Tensor false_positives = sum((1 - target) * prediction, axis);
  const Tensor false_negatives = sum(target * (1 - prediction), axis);
  return 1 - common / (common + alpha * false_positives + beta * false_negatives + epsilon);
}

void DiceOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction).omit_default("axis", axis, Axes()).accept("dtype", {});
}
void TverskyOptions::fields(Fields& f) {
  f("name", name)("reduction", reduction)("alpha", alpha)("beta", beta);
  f.omit_default("axis", axis, Axes()).accept("dtype", {});
}

Dice::Dice(DiceOptions options) : Loss(function_loss(dice_definition, std::move(options))) {}
Tversky::Tversky(TverskyOptions options) : Loss(function_loss(tversky_definition, checked(std::move(options)))) {}

}  // namespace xtape::losses
