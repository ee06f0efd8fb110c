#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "ops/normalization.hpp"

namespace xtape {

BatchNormResult batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
  ops::check_normalization("batch_norm", x, gamma, beta);
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.rank(); ++i) axes.push_back(i);
  const Tensor center = mean(x, axes, true);
  const Tensor centered = x - center;
  const Tensor variance = mean(square(centered), axes, true);
  const Tensor y = ops::scale_and_shift(centered * rsqrt(variance + epsilon), gamma, beta);
  const Shape channels{x.shape().back()};
  return {y, center.detach().reshape(channels), variance.detach().reshape(channels)};
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
