#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "core/dtype_switch.hpp"
#include "kernels/normalization/normalization.hpp"
#include "ops/linalg/bias_activation.hpp"
#include "ops/normalization/normalization.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using kernels::Activation;

namespace {

// The same in public operations.
std::vector<Tensor> composite_batch_norm(const std::vector<Tensor>& inputs, double epsilon, Activation activation) {
  const Tensor& x = inputs[0];
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.rank(); ++i) axes.push_back(i);
  const Tensor centered = x - mean(x, axes, true);
  const Tensor normalized = centered * rsqrt(mean(square(centered), axes, true) + epsilon);
  return {ops::activate(ops::scale_and_shift(normalized, inputs[1], inputs[2]), activation)};
}

// activation((x - mean) * scale + shift) of contiguous tensors, without recording.
Tensor apply(const Tensor& x, const Tensor& mean, const Tensor& scale, const Tensor& shift, Activation activation) {
  Tensor y = core::make_like(x, "batch_norm");
  const int64_t columns = x.shape().back();
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::batch_norm<T>({.rows = columns ? x.numel() / columns : 0,
                            .columns = columns,
                            .x = core::elements<const T>(x),
                            .mean = core::elements<const T>(mean),
                            .scale = core::elements<const T>(scale),
                            .shift = core::elements<const T>(shift),
                            .y = core::elements<T>(y)},
                           activation);
  });
  return y;
}

}  // namespace

BatchNormResult batch_norm(const Tensor& argument, const Tensor& gamma, const Tensor& beta, double epsilon,
                           const std::string& activation_name) {
  ops::check_epsilon("batch_norm", epsilon);
  ops::check_normalization("batch_norm", argument, gamma, beta);
  const Activation activation = ops::activation_named("batch_norm", activation_name);

  const Tensor x = ops::contiguous("batch_norm", argument);
  const int64_t columns = x.shape().back();
  const int64_t rows = columns ? x.numel() / columns : 0;
  const Tensor mean = core::make_tensor({columns}, x.dtype(), "batch_norm");
  const Tensor variance = core::make_tensor({columns}, x.dtype(), "batch_norm");
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::batch_statistics(core::elements<const T>(x), core::elements<T>(mean), core::elements<T>(variance), rows,
                              columns);
  });
  const Tensor rstd = rsqrt(variance + epsilon);
  const Tensor scale = gamma.defined() ? ops::contiguous("batch_norm", rstd * gamma.detach()) : rstd;
  const Tensor shift = beta.defined() ? ops::copy("batch_norm", beta.detach()) : zeros_like(mean);
  Tensor y = apply(x, mean, scale, shift, activation);

  // The caller may change its mean and variance; the tape keeps its own mean.
  ops::record_normalization(
      "batch_norm", y, x, gamma, beta,
      [=](const std::vector<Tensor>& inputs) { return composite_batch_norm(inputs, epsilon, activation); },
      [=, mean = ops::copy("batch_norm", mean)]<class T>(const T* g, const T* x, const T*, T* dx, T* dgamma, T* dbeta,
                                                         bool dx_needed) {
        kernels::batch_norm_vjp<T>({.rows = rows,
                                    .columns = columns,
                                    .g = g,
                                    .x = x,
                                    .mean = core::elements<const T>(mean),
                                    .rstd = core::elements<const T>(rstd),
                                    .scale = core::elements<const T>(scale),
                                    .shift = core::elements<const T>(shift),
                                    .dx = dx_needed ? dx : nullptr,
                                    .dgamma = dgamma,
                                    .dbeta = dbeta},
                                   activation);
      });
  return {y, mean, variance};
}

Tensor batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean, const Tensor& variance,
                  double epsilon, const std::string& activation_name) {
  ops::check_epsilon("batch_norm", epsilon);
  ops::check_normalization("batch_norm", x, gamma, beta);
  core::check_defined("batch_norm: the mean", mean);
  core::check_defined("batch_norm: the variance", variance);
  ops::check_normalization("batch_norm", x, mean, variance);
  const Activation activation = ops::activation_named("batch_norm", activation_name);
  Tensor scale = rsqrt(variance + epsilon);
  if (gamma.defined()) scale = scale * gamma;
  // The mean is subtracted from x itself: of products with the scale little would be left far from 0.
  const auto recorded = [](const Tensor& operand) { return operand.defined() && operand.requires_grad(); };
  if (autograd::recording && (recorded(x) || recorded(mean) || recorded(scale) || recorded(beta))) {
    return ops::activate(ops::scale_and_shift(x - mean, scale, beta), activation);
  }
  const Tensor shift = beta.defined() ? ops::contiguous("batch_norm", beta.detach()) : zeros_like(mean);
  const auto contiguous = [](const Tensor& operand) { return ops::contiguous("batch_norm", operand); };
  return apply(contiguous(x), contiguous(mean), contiguous(scale), shift, activation);
}

}  // namespace xtape
