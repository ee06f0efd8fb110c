#pragma once

#include <xtape/tensor.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"

// What layer and batch normalization share.
namespace xtape::ops {

// @throws DTypeError, ShapeError if gamma or beta does not fit the last axis of x.
void check_normalization(const char* operation, const Tensor& x, const Tensor& gamma, const Tensor& beta);

// x * gamma + beta, each left out where undefined.
Tensor scale_and_shift(Tensor x, const Tensor& gamma, const Tensor& beta);

// gamma and beta as the kernels take them: dense, or null.
class ChannelParameters {
 public:
  ChannelParameters(const Tensor& gamma, const Tensor& beta)
      : gamma_(gamma.defined() ? gamma.detach().contiguous() : gamma),
        beta_(beta.defined() ? beta.detach().contiguous() : beta) {}
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

  ChannelGradients(const Tensor& input, int64_t channels)
      : x(core::make_tensor(input.shape(), input.dtype())),
        gamma(core::make_tensor({channels}, input.dtype())),
        beta(core::make_tensor({channels}, input.dtype())) {}
  void hand_over(autograd::Gradients& gradients) const {
    if (gradients.needed(0)) gradients.set(0, x);
    if (gradients.needed(1)) gradients.set(1, gamma);
    if (gradients.needed(2)) gradients.set(2, beta);
  }
};

// For parameters that may be left out.
template <class... Tensors>
bool any_needs_grad(const Tensors&... tensors) {
  return autograd::recording && (... || tensors.requires_grad());
}
inline autograd::Saved saved_if_defined(const Tensor& tensor) {
  return tensor.defined() ? autograd::Saved(tensor) : autograd::Saved();
}

}  // namespace xtape::ops
