#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "core/dtype_switch.hpp"
#include "kernels/normalization/normalization.hpp"
#include "ops/normalization/normalization.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

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
  ops::check_epsilon("layer_norm", epsilon);
  ops::check_normalization("layer_norm", argument, gamma, beta);

  const Tensor x = ops::contiguous("layer_norm", argument);
  const int64_t columns = x.shape().back();
  const int64_t rows = columns ? x.numel() / columns : 0;
  Tensor y = core::make_like(x, "layer_norm");
  const Tensor mean = core::make_tensor({rows}, x.dtype(), "layer_norm");
  const Tensor rstd = core::make_tensor({rows}, x.dtype(), "layer_norm");
  const ops::ChannelParameters parameters("layer_norm", gamma, beta);
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::layer_norm<T>({.rows = rows,
                            .columns = columns,
                            .x = core::elements<const T>(x),
                            .gamma = parameters.gamma<T>(),
                            .beta = parameters.beta<T>(),
                            .epsilon = T(epsilon),
                            .y = core::elements<T>(y),
                            .mean = core::elements<T>(mean),
                            .rstd = core::elements<T>(rstd)});
  });

  ops::record_normalization(
      "layer_norm", y, x, gamma, beta,
      [epsilon](const std::vector<Tensor>& inputs) { return composite_layer_norm(inputs, epsilon); },
      [mean, rstd, rows, columns]<class T>(const T* g, const T* x, const T* gamma, T* dx, T* dgamma, T* dbeta, bool) {
        kernels::layer_norm_vjp<T>({.rows = rows,
                                    .columns = columns,
                                    .g = g,
                                    .x = x,
                                    .mean = core::elements<const T>(mean),
                                    .rstd = core::elements<const T>(rstd),
                                    .gamma = gamma,
                                    .dx = dx,
                                    .dgamma = dgamma,
                                    .dbeta = dbeta});
      });
  return y;
}

}  // namespace xtape
