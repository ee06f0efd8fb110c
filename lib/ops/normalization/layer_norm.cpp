#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/normalization.hpp>

#include "kernels/normalization/normalization.hpp"
#include "ops/normalization/normalization.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;

namespace {

int64_t row_count(const Tensor& x) { return x.shape().back() ? x.numel() / x.shape().back() : 0; }

// The gradients of x, gamma and beta.
struct LayerNormVjp {
  static constexpr const char* name = "layer_norm_vjp";
  static constexpr std::size_t outputs = 3;
  double epsilon;

  void attributes(autograd::Attributes& to) const { to("epsilon", epsilon); }
  std::array<Spec, 3> shape(const Tensor&, const Tensor& x, const Tensor&, const Tensor&) const {
    return ops::gradient_specs(x, true);
  }
  void compute(const Tensor& gradient, const Tensor& input, const Tensor& given_gamma, const Tensor& given_statistics,
               const Tensor& dx, const Tensor& dgamma, const Tensor& dbeta) const {
    const Tensor g = ops::dense(name, gradient), x = ops::dense(name, input), gamma = ops::dense(name, given_gamma);
    const Tensor statistics = ops::dense(name, given_statistics);
    const int64_t rows = row_count(x);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::layer_norm_vjp<T>({.rows = rows,
                                  .columns = x.shape().back(),
                                  .g = core::elements<const T>(g),
                                  .x = core::elements<const T>(x),
                                  .mean = core::elements<const T>(statistics),
                                  .rstd = core::elements<const T>(statistics) + rows,
                                  .gamma = ops::parameter<T>(gamma),
                                  .dx = core::elements<T>(dx),
                                  .dgamma = core::elements<T>(dgamma),
                                  .dbeta = core::elements<T>(dbeta)});
    });
  }
  std::array<Tensor, 3> decompose(const Tensor& g, const Tensor& x, const Tensor& gamma, const Tensor&) const {
    return ops::normalization_vjp(g, x, gamma, -1, epsilon, ops::LargeVariance::exact);
  }
};

// The tangent, from that of x and those of gamma and beta, of which undefined ones are zero.
struct LayerNormJvp {
  static constexpr const char* name = "layer_norm_jvp";
  double epsilon;

  void attributes(autograd::Attributes& to) const { to("epsilon", epsilon); }
  const Tensor& like(const Tensor&, const Tensor& x, const Tensor&, const Tensor&, const Tensor&, const Tensor&) const {
    return x;
  }
  void compute(const Tensor& tangent, const Tensor& input, const Tensor& given_gamma, const Tensor& given_dgamma,
               const Tensor& given_dbeta, const Tensor& given_statistics, const Tensor& dy) const {
    const Tensor dx = ops::dense(name, tangent), x = ops::dense(name, input), gamma = ops::dense(name, given_gamma);
    const Tensor dgamma = ops::dense(name, given_dgamma), dbeta = ops::dense(name, given_dbeta);
    const Tensor statistics = ops::dense(name, given_statistics);
    const int64_t rows = row_count(x);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::layer_norm_jvp<T>({.rows = rows,
                                  .columns = x.shape().back(),
                                  .dx = core::elements<const T>(dx),
                                  .x = core::elements<const T>(x),
                                  .mean = core::elements<const T>(statistics),
                                  .rstd = core::elements<const T>(statistics) + rows,
                                  .gamma = ops::parameter<T>(gamma),
                                  .dgamma = ops::parameter<T>(dgamma),
                                  .dbeta = ops::parameter<T>(dbeta),
                                  .dy = core::elements<T>(dy)});
    });
  }
  Tensor decompose(const Tensor& dx, const Tensor& x, const Tensor& gamma, const Tensor& dgamma, const Tensor& dbeta,
                   const Tensor&) const {
    return ops::normalization_jvp(dx, x, gamma, dgamma, dbeta, -1, epsilon, ops::LargeVariance::exact);
  }
};

// The result, and of each row the mean and 1 / sqrt(variance + epsilon). gamma and beta may be undefined.
struct LayerNorm {
  static constexpr const char* name = "layer_norm";
  static constexpr std::size_t outputs = 2;
  double epsilon;

  void attributes(autograd::Attributes& to) const { to("epsilon", epsilon); }
  std::array<Tensor, 2> batch(const ops::Examples& examples, const ops::Mapped& x, const ops::Mapped& gamma,
                              const ops::Mapped& beta) const {
    const bool one_for_all = !gamma.mapped && !beta.mapped;
    auto [y, statistics] = one_for_all ? autograd::apply(*this, ops::stacked(x, examples), gamma.value, beta.value)
                                       : autograd::apply(*this, ops::stacked(x, examples), Tensor(), Tensor());
    if (!one_for_all) y = ops::scale_and_shift(y, ops::aligned(gamma, x.rank()), ops::aligned(beta, x.rank()));
    const int64_t rows = statistics.shape()[1] / examples.count;
    return {y, ops::moved(reshape(statistics, {2, examples.count, rows}), 1, 0)};
  }
  std::array<Spec, 2> shape(const Tensor& x, const Tensor&, const Tensor&) const {
    return {Spec{x.shape(), x.dtype()}, {{2, row_count(x)}, x.dtype()}};
  }
  void compute(const Tensor& input, const Tensor& given_gamma, const Tensor& given_beta, const Tensor& y,
               const Tensor& statistics) const {
    const Tensor x = ops::dense(name, input), gamma = ops::dense(name, given_gamma),
                 beta = ops::dense(name, given_beta);
    const int64_t rows = row_count(x);
    core::switch_floating(x.dtype(), [&]<class T>(T) {
      kernels::layer_norm<T>({.rows = rows,
                              .columns = x.shape().back(),
                              .x = core::elements<const T>(x),
                              .gamma = ops::parameter<T>(gamma),
                              .beta = ops::parameter<T>(beta),
                              .epsilon = T(epsilon),
                              .y = core::elements<T>(y),
                              .mean = core::elements<T>(statistics),
                              .rstd = core::elements<T>(statistics) + rows});
    });
  }
  uint32_t keeps(uint32_t) const { return 1 | 2 | 16; }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    if (!g[0].defined()) return;
    ops::hand_over(autograd::apply(LayerNormVjp{epsilon}, g[0], primals.input(0), primals.input(1), primals.output(1)),
                   gradients);
  }
  std::array<Tensor, 2> jvp(const Primals& primals, const Tensor& dx, const Tensor& dgamma, const Tensor& dbeta) const {
    const Tensor x = primals.input(0);
    if (dx.defined()) {
      return {autograd::apply(LayerNormJvp{epsilon}, dx, x, primals.input(1), dgamma, dbeta, primals.output(1)),
              Tensor()};
    }
    const Tensor of_parameters = dgamma.defined() ? autograd::apply(*this, x, dgamma, dbeta)[0] : dbeta;
    return {of_parameters.defined() ? broadcast_to(of_parameters, x.shape()) : Tensor(), Tensor()};
  }
};

}  // namespace

Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
  ops::check_epsilon("layer_norm", epsilon);
  ops::check_normalization("layer_norm", x, gamma, beta);
  return autograd::apply(LayerNorm{epsilon}, ops::contiguous("layer_norm", x), gamma, beta)[0];
}

void ops::describe_layer_norm(autograd::Registry& to) {
  to.add<LayerNorm, 3>();
  to.add<LayerNormVjp, 4>();
  to.add<LayerNormJvp, 6>();
}

}  // namespace xtape
