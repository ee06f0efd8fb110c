#include <algorithm>
#include <limits>
#include <xtape/autograd.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "kernels/normalization/normalization.hpp"
#include "ops/linalg/bias_activation.hpp"
#include "ops/normalization/normalization.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;
using kernels::Activation;

namespace {

int64_t row_count(const Tensor& x) { return x.shape().back() ? x.numel() / x.shape().back() : 0; }

// What the kernels take of a channel: y = activation((x - mean) scale + shift), and scale = rstd gamma.
struct Channels {
  Tensor rstd, scale, shift;

  Channels(const Tensor& variance, const Tensor& gamma, const Tensor& beta, double epsilon) {
    const NoGrad no_grad;
    rstd = rsqrt(variance.detach() + epsilon);
    scale = gamma.defined() ? rstd * gamma.detach() : rstd;
    shift = beta.defined() ? ops::contiguous("batch_norm", beta.detach()) : zeros_like(rstd);
  }
};

// Channels have statistics of their own, so that those of all examples are channels: [..., channels] of each example as
// [..., examples channels], and back.
Tensor as_channels(const ops::Mapped& x, const ops::Examples& examples) {
  if (!x.value.defined()) return x.value;
  const Tensor channels = ops::moved(ops::stacked(x, examples), 0, x.rank() - 1);
  Shape shape = channels.shape();
  shape.pop_back();
  shape.back() *= channels.shape().back();
  return reshape(channels, shape);
}
Tensor from_channels(const Tensor& x, const ops::Examples& examples) {
  Shape shape = x.shape();
  shape.back() = examples.count;
  shape.push_back(x.shape().back() / examples.count);
  return ops::moved(reshape(x, shape), x.rank() - 1, 0);
}

// The gradients of x, if needed, gamma and beta. The result is computed again where the activation's derivative needs
// it.
struct BatchNormVjp {
  static constexpr const char* name = "batch_norm_vjp";
  static constexpr std::size_t outputs = 3;
  double epsilon;
  Activation activation;
  bool x_needed;

  void attributes(autograd::Attributes& to) const {
    to("epsilon", epsilon), to("activation", kernels::name_of(activation)), to("x_needed", x_needed);
  }
  std::array<Tensor, 3> batch(const ops::Examples& examples, const ops::Mapped& g, const ops::Mapped& x,
                              const ops::Mapped& gamma, const ops::Mapped& beta, const ops::Mapped& statistics) const {
    const auto [dx, dgamma, dbeta] =
        autograd::apply(*this, as_channels(g, examples), as_channels(x, examples), as_channels(gamma, examples),
                        as_channels(beta, examples), as_channels(statistics, examples));
    return {x_needed ? from_channels(dx, examples) : Tensor(), from_channels(dgamma, examples),
            from_channels(dbeta, examples)};
  }
  std::array<Spec, 3> shape(const Tensor&, const Tensor& x, const Tensor&, const Tensor&, const Tensor&) const {
    return ops::gradient_specs(x, x_needed);
  }
  void compute(const Tensor& gradient, const Tensor& input, const Tensor& gamma, const Tensor& beta,
               const Tensor& given_statistics, const Tensor& dx, const Tensor& dgamma, const Tensor& dbeta) const {
    const Tensor g = ops::dense(name, gradient), x = ops::dense(name, input);
    const Tensor statistics = ops::dense(name, given_statistics);
    const Channels channels(statistics.select(0, 1), gamma, beta, epsilon);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::batch_norm_vjp<T>({.rows = row_count(x),
                                  .columns = x.shape().back(),
                                  .g = core::elements<const T>(g),
                                  .x = core::elements<const T>(x),
                                  .mean = core::elements<const T>(statistics),
                                  .rstd = core::elements<const T>(channels.rstd),
                                  .scale = core::elements<const T>(channels.scale),
                                  .shift = core::elements<const T>(channels.shift),
                                  .dx = x_needed ? core::elements<T>(dx) : nullptr,
                                  .dgamma = core::elements<T>(dgamma),
                                  .dbeta = core::elements<T>(dbeta)},
                                 activation);
    });
  }
  std::array<Tensor, 3> decompose(const Tensor& g, const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                  const Tensor&) const {
    const Axes axes = ops::all_but_last(x);
    const Tensor normal = ops::normalized(x, axes, epsilon, ops::LargeVariance::infinite);
    const Tensor y = ops::activate(ops::scale_and_shift(normal, gamma, beta), activation);
    return ops::normalization_vjp(ops::activation_vjp(g, y, activation), x, gamma, axes, epsilon,
                                  ops::LargeVariance::infinite);
  }
};

// The tangent before the activation, from that of x and those of gamma and beta, of which undefined ones are zero.
struct BatchNormJvp {
  static constexpr const char* name = "batch_norm_jvp";
  double epsilon;

  void attributes(autograd::Attributes& to) const { to("epsilon", epsilon); }
  Tensor batch(const ops::Examples& examples, const ops::Mapped& dx, const ops::Mapped& x, const ops::Mapped& gamma,
               const ops::Mapped& dgamma, const ops::Mapped& dbeta, const ops::Mapped& statistics) const {
    return from_channels(
        autograd::apply(*this, as_channels(dx, examples), as_channels(x, examples), as_channels(gamma, examples),
                        as_channels(dgamma, examples), as_channels(dbeta, examples), as_channels(statistics, examples)),
        examples);
  }
  const Tensor& like(const Tensor&, const Tensor& x, const Tensor&, const Tensor&, const Tensor&, const Tensor&) const {
    return x;
  }
  void compute(const Tensor& tangent, const Tensor& input, const Tensor& gamma, const Tensor& given_dgamma,
               const Tensor& given_dbeta, const Tensor& given_statistics, const Tensor& dy) const {
    const Tensor dx = ops::dense(name, tangent), x = ops::dense(name, input);
    const Tensor dgamma = ops::dense(name, given_dgamma), dbeta = ops::dense(name, given_dbeta);
    const Tensor statistics = ops::dense(name, given_statistics);
    const Channels channels(statistics.select(0, 1), gamma, Tensor(), epsilon);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::batch_norm_jvp<T>({.rows = row_count(x),
                                  .columns = x.shape().back(),
                                  .dx = core::elements<const T>(dx),
                                  .x = core::elements<const T>(x),
                                  .mean = core::elements<const T>(statistics),
                                  .rstd = core::elements<const T>(channels.rstd),
                                  .scale = core::elements<const T>(channels.scale),
                                  .dgamma = ops::parameter<T>(dgamma),
                                  .dbeta = ops::parameter<T>(dbeta),
                                  .dy = core::elements<T>(dy)});
    });
  }
  Tensor decompose(const Tensor& dx, const Tensor& x, const Tensor& gamma, const Tensor& dgamma, const Tensor& dbeta,
                   const Tensor&) const {
    return ops::normalization_jvp(dx, x, gamma, dgamma, dbeta, ops::all_but_last(x), epsilon,
                                  ops::LargeVariance::infinite);
  }
};

// activation((x - mean) scale + shift), for given statistics; the shift may be undefined.
struct ApplyBatchNorm {
  static constexpr const char* name = "batch_norm";
  Activation activation;

  void attributes(autograd::Attributes& to) const { to("activation", kernels::name_of(activation)); }
  const Tensor& like(const Tensor& x, const Tensor&, const Tensor&, const Tensor&) const { return x; }
  Tensor batch(const ops::Examples&, const ops::Mapped& x, const ops::Mapped& mean, const ops::Mapped& scale,
               const ops::Mapped& shift) const {
    if (!mean.mapped && !scale.mapped && !shift.mapped) {
      return autograd::apply(*this, x.value, mean.value, scale.value, shift.value);
    }
    const int rank = x.rank();
    return decompose(x.value, ops::aligned(mean, rank), ops::aligned(scale, rank), ops::aligned(shift, rank));
  }
  void compute(const Tensor& input, const Tensor& given_mean, const Tensor& given_scale, const Tensor& given_shift,
               const Tensor& y) const {
    const Tensor x = ops::dense(name, input), mean = ops::dense(name, given_mean);
    const Tensor scale = ops::dense(name, given_scale);
    const Tensor shift = given_shift.defined() ? ops::dense(name, given_shift) : zeros_like(mean);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::batch_norm<T>({.rows = row_count(x),
                              .columns = x.shape().back(),
                              .x = core::elements<const T>(x),
                              .mean = core::elements<const T>(mean),
                              .scale = core::elements<const T>(scale),
                              .shift = core::elements<const T>(shift),
                              .y = core::elements<T>(y)},
                             activation);
    });
  }
  // The mean is subtracted from x itself: of products with the scale little would be left far from 0.
  Tensor decompose(const Tensor& x, const Tensor& mean, const Tensor& scale, const Tensor& shift) const {
    return ops::activate(ops::scale_and_shift(x - mean, scale, shift), activation);
  }
};

// activation(normalized(x) gamma + beta), and of each channel mean and variance. gamma and beta may be undefined.
struct BatchNorm {
  static constexpr const char* name = "batch_norm";
  static constexpr std::size_t outputs = 2;
  double epsilon;
  Activation activation;

  void attributes(autograd::Attributes& to) const {
    to("epsilon", epsilon), to("activation", kernels::name_of(activation));
  }
  std::array<Tensor, 2> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& gamma,
                              const ops::Mapped& beta) const {
    const auto [y, statistics] =
        autograd::apply(*this, as_channels(x, examples), as_channels(gamma, examples), as_channels(beta, examples));
    return {from_channels(y, examples), from_channels(statistics, examples)};
  }
  std::array<Spec, 2> shape(const Tensor& x, const Tensor&, const Tensor&) const {
    return {Spec{x.shape(), x.dtype()}, {{2, x.shape().back()}, x.dtype()}};
  }
  void compute(const Tensor& input, const Tensor& gamma, const Tensor& beta, const Tensor& y,
               const Tensor& statistics) const {
    const Tensor x = ops::dense(name, input);
    const int64_t columns = x.shape().back();
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      T* mean = core::elements<T>(statistics);
      if (row_count(x) == 0) {
        std::fill_n(mean, 2 * columns, std::numeric_limits<T>::quiet_NaN());
        return;
      }
      kernels::batch_statistics(core::elements<const T>(x), mean, mean + columns, row_count(x), columns);
    });
    const Channels channels(statistics.select(0, 1), gamma, beta, epsilon);
    ApplyBatchNorm{activation}.compute(x, statistics.select(0, 0), channels.scale, channels.shift, y);
  }
  uint32_t keeps(uint32_t) const { return 1 | 2 | (activation == Activation::linear ? 0 : 4) | 16; }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    if (!g[0].defined()) return;
    ops::hand_over(autograd::apply(BatchNormVjp{epsilon, activation, gradients.needed(0)}, g[0], primals.input(0),
                                   primals.input(1), primals.input(2), primals.output(1)),
                   gradients);
  }
  std::array<Tensor, 2> jvp(const Primals& primals, const Tensor& dx, const Tensor& dgamma, const Tensor& dbeta) const {
    const Tensor x = primals.input(0);
    Tensor inner = dbeta;
    if (dx.defined()) {
      inner = autograd::apply(BatchNormJvp{epsilon}, dx, x, primals.input(1), dgamma, dbeta, primals.output(1));
    } else if (dgamma.defined()) {
      inner = autograd::apply(BatchNorm{epsilon, Activation::linear}, x, dgamma, dbeta)[0];
    }
    if (!inner.defined()) return {};
    return {ops::activation_vjp(broadcast_to(inner, x.shape()), primals.output(), activation), Tensor()};
  }
};

}  // namespace

BatchNormResult batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon,
                           const std::string& activation_name) {
  ops::check_epsilon("batch_norm", epsilon);
  ops::check_normalization("batch_norm", x, gamma, beta);
  const Activation activation = ops::activation_named("batch_norm", activation_name);
  auto [y, statistics] = autograd::apply(BatchNorm{epsilon, activation}, ops::contiguous("batch_norm", x), gamma, beta);
  // Copies: the caller may change them.
  const Tensor constant = statistics.detach();
  return {y, constant.select(0, 0).clone(), constant.select(0, 1).clone()};
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
  return autograd::apply(ApplyBatchNorm{activation}, x, mean, scale, beta);
}

void ops::describe_batch_norm(autograd::Registry& to) {
  to.add<BatchNorm, 3>();
  to.add<ApplyBatchNorm, 4>();
  to.add<BatchNormVjp, 5>();
  to.add<BatchNormJvp, 6>();
}

}  // namespace xtape
