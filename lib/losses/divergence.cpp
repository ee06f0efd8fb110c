#include <xtape/detail/targets.hpp>
#include <xtape/losses/divergence.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>

#include "losses/function_loss.hpp"
#include "losses/operands.hpp"

namespace xtape::losses {
namespace {

// Keras's guard against log(0) (backend.epsilon()).
constexpr double epsilon = 1e-7;

}  // namespace

Tensor kl_divergence(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, prediction] = operands("kl_divergence", y_true, y_pred);
  const Tensor p = clip(target, epsilon, 1), q = clip(prediction, epsilon, 1);
  const Tensor values = p * log(p / q);
  return values.rank() == 0 ? values : sum(values, -1);
}

Tensor poisson(const Tensor& y_true, const Tensor& y_pred) {
  const auto [target, prediction] = operands("poisson", y_true, y_pred);
  return detail::mean_of_last_axis(prediction - target * log(prediction + epsilon));
}

KLDivergence::KLDivergence(LossOptions options)
    : Loss(plain_loss("KLDivergence", "kl_divergence", kl_divergence, std::move(options))) {}
Poisson::Poisson(LossOptions options) : Loss(plain_loss("Poisson", "poisson", poisson, std::move(options))) {}

}  // namespace xtape::losses
