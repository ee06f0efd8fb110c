#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Activation functions, Keras's of these names (keras.io/api/layers/activations), differentiable to any order;
/// elementwise except for softmax and log_softmax. Integers are converted first: bool and uint8 to float32, int32 and
/// int64 to float64. NaN stays NaN; where the argument of a piecewise linear one (relu, relu6, leaky_relu,
/// hard_sigmoid) is NaN, the gradient passes.

/// 1 / (1 + exp(-x)).
XTAPE_API Tensor sigmoid(const Tensor& x);
/// (x + 3) / 6 limited to [0, 1]; the derivative at -3 and at 3 is 0.
XTAPE_API Tensor hard_sigmoid(const Tensor& x);
/// max(x, 0); the derivative at 0 is 0.
XTAPE_API Tensor relu(const Tensor& x);
/// x limited to [0, 6]; the derivative at 0 and at 6 is 0.
XTAPE_API Tensor relu6(const Tensor& x);
/// x where positive, else negative_slope * x. The layer LeakyReLU uses 0.3 (Keras). @throws ValueError unless the slope
/// is finite.
XTAPE_API Tensor leaky_relu(const Tensor& x, double negative_slope = 0.2);
/// x where positive, else alpha * (exp(x) - 1) (Clevert et al., 2016). @throws ValueError unless alpha is finite.
XTAPE_API Tensor elu(const Tensor& x, double alpha = 1.0);
/// log(exp(x) + 1).
XTAPE_API Tensor softplus(const Tensor& x);
/// x / (1 + |x|).
XTAPE_API Tensor softsign(const Tensor& x);
/// x * sigmoid(x).
XTAPE_API Tensor silu(const Tensor& x);
/// x * tanh(softplus(x)) (Misra, 2019).
XTAPE_API Tensor mish(const Tensor& x);
/// x * Phi(x) by the error function, or by the tanh form of Hendrycks and Gimpel (2016) if `approximate`.
XTAPE_API Tensor gelu(const Tensor& x, bool approximate = false);
/// exp(x) / sum(exp(x)) along `axis`, computed without overflow. @throws IndexError if `axis`, which may be negative,
/// is out of range, as of every 0-dimensional x.
XTAPE_API Tensor softmax(const Tensor& x, Axis axis = -1);
/// log(softmax(x)), computed without loss of precision. @throws as softmax.
XTAPE_API Tensor log_softmax(const Tensor& x, Axis axis = -1);

}  // namespace xtape
