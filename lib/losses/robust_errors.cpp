#include <numbers>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/losses/robust_errors.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/elementwise.hpp>

#include "losses/function_loss.hpp"
#include "losses/operands.hpp"

namespace xtape::losses {
namespace {

void check_delta(const char* subject, double delta) {
  detail::check_number(subject, "delta", delta, detail::Range::finite_and_positive);
}

constexpr LossDefinition<HuberOptions> definition = {
    "Huber", "huber_loss",
    [](const Tensor& y_true, const Tensor& y_pred, const HuberOptions& options) {
      return huber(y_true, y_pred, options.delta);
    },
    [](const Tensor& y_true, const Shape& prediction_shape, const HuberOptions&) {
      check_operands("huber", y_true, prediction_shape);
    }};

HuberOptions checked(HuberOptions options) {
  check_delta("Huber", options.delta);
  return options;
}

}  // namespace

Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta) {
  check_delta("huber", delta);
  const auto [target, prediction] = operands("huber", y_true, y_pred);
  const Tensor error = prediction - target, size = abs(error);
  return detail::mean_of_last_axis(where(size <= delta, 0.5 * square(error), delta * size - 0.5 * delta * delta));
}

Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, prediction] = operands("log_cosh", y_true, y_pred);
  const Tensor error = prediction - target;
  return detail::mean_of_last_axis(error + softplus(-2 * error) - std::numbers::ln2);
}

void HuberOptions::fields(Fields& f) { f("name", name)("reduction", reduction)("delta", delta).accept("dtype", {}); }

Huber::Huber(HuberOptions options) : Loss(function_loss(definition, checked(std::move(options)))) {}
LogCosh::LogCosh(LossOptions options) : Loss(plain_loss("LogCosh", "log_cosh", log_cosh, std::move(options))) {}

}  // namespace xtape::losses
