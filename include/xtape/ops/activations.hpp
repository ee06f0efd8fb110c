#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Activation functions, Keras's of these names (keras.io/api/layers/activations), differentiable to any order;
/// elementwise except for softmax, log_softmax, sparsemax and glu. Integers are converted first: bool and uint8 to
/// float32, int32 and int64 to float64. NaN stays NaN; where the argument of a piecewise linear one (relu, relu6,
/// leaky_relu, threshold, hard_sigmoid, sparse_sigmoid, hard_tanh, hard_shrink, soft_shrink) is NaN, the gradient
/// passes.

/// 1 / (1 + exp(-x)).
XTAPE_API Tensor sigmoid(const Tensor& x);
/// log(sigmoid(x)), computed without overflow.
XTAPE_API Tensor log_sigmoid(const Tensor& x);
/// (x + 3) / 6 limited to [0, 1]; the derivative at -3 and at 3 is 0.
XTAPE_API Tensor hard_sigmoid(const Tensor& x);
/// (x + 1) / 2 limited to [0, 1]; the derivative at -1 and at 1 is 0.
XTAPE_API Tensor sparse_sigmoid(const Tensor& x);
/// x limited to [-1, 1]; the derivative at -1 and at 1 is 0.
XTAPE_API Tensor hard_tanh(const Tensor& x);
/// x - tanh(x).
XTAPE_API Tensor tanh_shrink(const Tensor& x);
/// x where |x| > threshold, else 0. @throws ValueError unless the threshold is finite and not negative.
XTAPE_API Tensor hard_shrink(const Tensor& x, double threshold = 0.5);
/// x moved towards 0 by `threshold`, 0 where |x| <= threshold. @throws as hard_shrink.
XTAPE_API Tensor soft_shrink(const Tensor& x, double threshold = 0.5);
/// x where x > threshold, else default_value. @throws ValueError unless both are finite.
XTAPE_API Tensor threshold(const Tensor& x, double threshold, double default_value);
/// max(x, 0); the derivative at 0 is 0.
XTAPE_API Tensor relu(const Tensor& x);
/// x limited to [0, 6]; the derivative at 0 and at 6 is 0.
XTAPE_API Tensor relu6(const Tensor& x);
/// x where positive, else negative_slope * x. The layer LeakyReLU uses 0.3 (Keras). @throws ValueError unless the slope
/// is finite.
XTAPE_API Tensor leaky_relu(const Tensor& x, double negative_slope = 0.2);
/// x where positive, else alpha * (exp(x) - 1) (Clevert et al., 2016). @throws ValueError unless alpha is finite.
XTAPE_API Tensor elu(const Tensor& x, double alpha = 1.0);
/// scale * elu(x, alpha) with alpha = 1.6732632, scale = 1.0507010, which keep mean 0 and variance 1 (Klambauer et al.,
/// 2017).
XTAPE_API Tensor selu(const Tensor& x);
/// x where positive, else alpha * (exp(x / alpha) - 1) (Barron, 2017). @throws ValueError unless alpha is positive and
/// finite.
XTAPE_API Tensor celu(const Tensor& x, double alpha = 1.0);
/// log(exp(x) + 1).
XTAPE_API Tensor softplus(const Tensor& x);
/// (x + sqrt(x^2 + b)) / 2 (Barron, 2021). @throws ValueError unless b is finite and not negative.
XTAPE_API Tensor squareplus(const Tensor& x, double b = 4.0);
/// 0 below -1, x above 1, ((x + 1) / 2)^2 between.
XTAPE_API Tensor sparse_plus(const Tensor& x);
/// x / (1 + |x|).
XTAPE_API Tensor softsign(const Tensor& x);
/// x * sigmoid(x).
XTAPE_API Tensor silu(const Tensor& x);
/// x * hard_sigmoid(x) (Howard et al., 2019). The derivatives at -3 and 3 are those from inside, -0.5 and 1.5.
XTAPE_API Tensor hard_silu(const Tensor& x);
/// x * tanh(softplus(x)) (Misra, 2019).
XTAPE_API Tensor mish(const Tensor& x);
/// x * Phi(x) by the error function, or by the tanh form of Hendrycks and Gimpel (2016) if `approximate`.
XTAPE_API Tensor gelu(const Tensor& x, bool approximate = false);
/// exp(x) / sum(exp(x)) along `axis`, computed without overflow. @throws IndexError if `axis`, which may be negative,
/// is out of range, as of every 0-dimensional x.
XTAPE_API Tensor softmax(const Tensor& x, Axis axis = -1);
/// log(softmax(x)), computed without loss of precision. @throws as softmax.
XTAPE_API Tensor log_softmax(const Tensor& x, Axis axis = -1);
/// The point of the simplex that is nearest to x, along `axis`: max(x - t, 0) with the t for which it adds up to 1
/// (Martins and Astudillo, 2016; that of Keras 3.16 does not where several elements are positive). @throws as softmax;
/// ShapeError where the axis has no elements.
XTAPE_API Tensor sparsemax(const Tensor& x, Axis axis = -1);
/// a * sigmoid(b), a and b the halves of x along `axis` (Dauphin et al., 2017). @throws as softmax; ShapeError unless
/// the axis has an even length.
XTAPE_API Tensor glu(const Tensor& x, Axis axis = -1);

}  // namespace xtape
