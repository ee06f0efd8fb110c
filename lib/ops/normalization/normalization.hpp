#pragma once

#include <xtape/tensor.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "ops/support/composite.hpp"
#include "ops/support/conversion.hpp"

// What layer and batch normalization share.
namespace xtape::ops {

// @throws DTypeError, ShapeError if gamma or beta does not fit the last axis of x.
void check_normalization(const char* operation, const Tensor& x, const Tensor& gamma, const Tensor& beta);

// @throws ValueError unless epsilon is finite and not negative.
void check_epsilon(const char* operation, double epsilon);

// x * gamma + beta, each left out where undefined.
Tensor scale_and_shift(Tensor x, const Tensor& gamma, const Tensor& beta);

// gamma and beta as the kernels take them: contiguous, or null.
class ChannelParameters {
 public:
  ChannelParameters(const char* operation, const Tensor& gamma, const Tensor& beta)
      : gamma_(gamma.defined() ? contiguous(operation, gamma.detach()) : gamma),
        beta_(beta.defined() ? contiguous(operation, beta.detach()) : beta) {}
  template <class T>
  const T* gamma() const {
    return gamma_.defined() ? core::elements<const T>(gamma_) : nullptr;
  }
  template <class T>
  const T* beta() const {
    return beta_.defined() ? core::elements<const T>(beta_) : nullptr;
  }

 private:
  Tensor gamma_;
  Tensor beta_;
};

// Where the kernels put the gradients of x, gamma and beta.
struct ChannelGradients {
  Tensor x;
  Tensor gamma;
  Tensor beta;

  ChannelGradients(const char* operation, const Tensor& input)
      : x(core::make_like(input, operation)),
        gamma(core::make_tensor({input.shape().back()}, input.dtype(), operation)),
        beta(core::make_tensor({input.shape().back()}, input.dtype(), operation)) {}
  void hand_over(autograd::Gradients& gradients) const {
    if (gradients.needed(0)) gradients.set(0, x);
    if (gradients.needed(1)) gradients.set(1, gamma);
    if (gradients.needed(2)) gradients.set(2, beta);
  }
};

// Puts y, the normalized x, on the tape. `composite` computes it of {x, gamma, beta} in public operations;
// kernel(g, x, gamma, dx, dgamma, dbeta, dx_needed) computes the gradients of contiguous elements.
template <class Composite, class Kernel>
void record_normalization(const char* operation, const Tensor& y, const Tensor& x, const Tensor& gamma,
                          const Tensor& beta, Composite composite, Kernel kernel) {
  using autograd::Saved;
  const auto saved = [](const Tensor& tensor) { return tensor.defined() ? Saved(tensor) : Saved(); };
  const auto restored = [](const Saved& tensor) { return tensor.defined() ? tensor.get() : Tensor(); };
  if (!autograd::recording || !(x.requires_grad() || gamma.requires_grad() || beta.requires_grad())) return;
  autograd::record(
      operation, y, autograd::Inputs{x, gamma, beta},
      [=, x = Saved(x), gamma = saved(gamma), beta = saved(beta)](const Tensor& g, autograd::Gradients& gradients) {
        const Tensor input = x.get();
        const Tensor scale = restored(gamma);
        if (autograd::recording) {
          composite_vjp(composite, {input, scale, restored(beta)}, std::span(&g, 1), gradients);
          return;
        }
        const Tensor gradient = contiguous(operation, g);
        const ChannelGradients results(operation, input);
        const ChannelParameters parameters(operation, scale, Tensor());
        core::switch_floating(input.dtype(), [&]<class T>(T) {
          kernel(core::elements<const T>(gradient), core::elements<const T>(input), parameters.gamma<T>(),
                 core::elements<T>(results.x), core::elements<T>(results.gamma), core::elements<T>(results.beta),
                 gradients.needed(0));
        });
        results.hand_over(gradients);
      });
}

}  // namespace xtape::ops
