#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/record.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/normalization.hpp"
#include "ops/composite.hpp"
#include "ops/normalization.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;

namespace {

// The same in public operations.
std::vector<Tensor> composite_batch_norm(const std::vector<Tensor>& inputs, double epsilon) {
  const Tensor& x = inputs[0];
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.rank(); ++i) axes.push_back(i);
  const Tensor centered = x - mean(x, axes, true);
  const Tensor normalized = centered * rsqrt(mean(square(centered), axes, true) + epsilon);
  return {ops::scale_and_shift(normalized, inputs[1], inputs[2])};
}

}  // namespace

BatchNormResult batch_norm(const Tensor& argument, const Tensor& gamma, const Tensor& beta, double epsilon) {
  ops::check_normalization("batch_norm", argument, gamma, beta);

  const Tensor x = argument.contiguous();
  const int64_t columns = x.shape().back();
  const int64_t rows = columns ? x.numel() / columns : 0;
  Tensor y = core::make_tensor(x.shape(), x.dtype());
  const Tensor mean = core::make_tensor({columns}, x.dtype());
  const Tensor variance = core::make_tensor({columns}, x.dtype());
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::batch_statistics(core::elements<const T>(x), core::elements<T>(mean), core::elements<T>(variance), rows,
                              columns);
  });
  const Tensor rstd = rsqrt(variance + epsilon);
  const Tensor scale = gamma.defined() ? (rstd * gamma.detach()).contiguous() : rstd;
  const Tensor shift = beta.defined() ? beta.detach().contiguous() : zeros_like(mean);
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::batch_norm(core::elements<const T>(x), core::elements<const T>(mean), core::elements<const T>(scale),
                        core::elements<const T>(shift), core::elements<T>(y), rows, columns);
  });

  if (ops::any_needs_grad(x, gamma, beta)) {
    // The caller may change its mean and variance; the tape keeps its own mean.
    autograd::record(
        "batch_norm", y, Inputs{x, gamma, beta},
        [x = Saved(x), gamma = ops::saved_if_defined(gamma), beta = ops::saved_if_defined(beta), mean = mean.clone(),
         rstd, rows, columns, epsilon](const Tensor& g, Gradients& gradients) {
          const Tensor input = x.get();
          const Tensor scale = gamma.defined() ? gamma.get() : Tensor();
          if (autograd::recording) {
            ops::composite_vjp([&](const std::vector<Tensor>& inputs) { return composite_batch_norm(inputs, epsilon); },
                               {input, scale, beta.defined() ? beta.get() : Tensor()}, std::span(&g, 1), gradients);
            return;
          }
          const Tensor dense = g.contiguous();
          const ops::ChannelGradients results(input, columns);
          const ops::ChannelParameters parameters(scale, Tensor());
          core::switch_floating(input.dtype(), [&]<class T>(T) {
            kernels::batch_norm_vjp(core::elements<const T>(dense), core::elements<const T>(input),
                                    core::elements<const T>(mean), core::elements<const T>(rstd), parameters.gamma<T>(),
                                    gradients.needed(0) ? core::elements<T>(results.x) : nullptr,
                                    core::elements<T>(results.gamma), core::elements<T>(results.beta), rows, columns);
          });
          results.hand_over(gradients);
        });
  }
  return {y, mean, variance};
}

Tensor batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean, const Tensor& variance,
                  double epsilon) {
  ops::check_normalization("batch_norm", x, gamma, beta);
  ops::check_normalization("batch_norm", x, mean, variance);
  // Small per-channel tensors first: x is then read once.
  Tensor scale = rsqrt(variance + epsilon);
  if (gamma.defined()) scale = scale * gamma;
  Tensor shift = -(mean * scale);
  if (beta.defined()) shift = shift + beta;
  return x * scale + shift;
}

}  // namespace xtape
