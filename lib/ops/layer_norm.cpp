#include <xtape/ops/arithmetic.hpp>
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
std::vector<Tensor> composite_layer_norm(const std::vector<Tensor>& inputs, double epsilon) {
  const Tensor& x = inputs[0];
  const Tensor centered = x - mean(x, -1, true);
  const Tensor normalized = centered * rsqrt(mean(square(centered), -1, true) + epsilon);
  return {ops::scale_and_shift(normalized, inputs[1], inputs[2])};
}

}  // namespace

Tensor layer_norm(const Tensor& argument, const Tensor& gamma, const Tensor& beta, double epsilon) {
  ops::check_normalization("layer_norm", argument, gamma, beta);

  const Tensor x = argument.contiguous();
  const int64_t columns = x.shape().back();
  const int64_t rows = columns ? x.numel() / columns : 0;
  Tensor y = core::make_tensor(x.shape(), x.dtype());
  const Tensor mean = core::make_tensor({rows}, x.dtype());
  const Tensor rstd = core::make_tensor({rows}, x.dtype());
  const ops::ChannelParameters parameters(gamma, beta);
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::layer_norm(core::elements<const T>(x), parameters.gamma<T>(), parameters.beta<T>(), T(epsilon),
                        core::elements<T>(y), core::elements<T>(mean), core::elements<T>(rstd), rows, columns);
  });

  if (ops::any_needs_grad(x, gamma, beta)) {
    autograd::record(
        "layer_norm", y, Inputs{x, gamma, beta},
        [x = Saved(x), gamma = ops::saved_if_defined(gamma), beta = ops::saved_if_defined(beta), mean, rstd, rows,
         columns, epsilon](const Tensor& g, Gradients& gradients) {
          const Tensor input = x.get();
          const Tensor scale = gamma.defined() ? gamma.get() : Tensor();
          if (autograd::recording) {
            ops::composite_vjp([&](const std::vector<Tensor>& inputs) { return composite_layer_norm(inputs, epsilon); },
                               {input, scale, beta.defined() ? beta.get() : Tensor()}, std::span(&g, 1), gradients);
            return;
          }
          const Tensor dense = g.contiguous();
          const ops::ChannelGradients results(input, columns);
          const ops::ChannelParameters parameters(scale, Tensor());
          core::switch_floating(input.dtype(), [&]<class T>(T) {
            kernels::layer_norm_vjp(core::elements<const T>(dense), core::elements<const T>(input),
                                    core::elements<const T>(mean), core::elements<const T>(rstd), parameters.gamma<T>(),
                                    core::elements<T>(results.x), core::elements<T>(results.gamma),
                                    core::elements<T>(results.beta), rows, columns);
          });
          results.hand_over(gradients);
        });
  }
  return y;
}

}  // namespace xtape
