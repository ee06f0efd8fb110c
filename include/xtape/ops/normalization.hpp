#pragma once

#include <string>
#include <xtape/tensor.hpp>

namespace xtape {

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta over the last axis of x, with the biased variance
/// (Ba et al., 2016): x [..., n], gamma and beta [n], each of which may be undefined. `epsilon`: Keras's default.
/// @throws ShapeError if x has no dimension or a parameter another shape; DTypeError unless all are float32 or all
/// float64; ValueError for an epsilon that is negative or not finite.
XTAPE_API Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon = 1e-3);

/// What batch_norm computes in training.
struct BatchNormResult {
  /// Of x's shape.
  Tensor y;
  /// Mean and biased variance of each channel, [channels], without gradient.
  Tensor mean;
  Tensor variance;
};

/// activation of the same per channel (the last axis), over all other axes, in training (Ioffe and Szegedy, 2015), in
/// one pass: x [..., channels], gamma and beta [channels]; `activation`: "linear", "relu", "sigmoid" or "tanh". Where
/// the variance is beyond the range of x's type, it is infinite and y is beta, as in Keras.
/// @throws as layer_norm; ValueError for another activation.
XTAPE_API BatchNormResult batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon = 1e-3,
                                     const std::string& activation = "linear");

/// The same with a given mean and variance [channels], of x's type, as in inference; they get gradients too. NaN where
/// variance + epsilon is negative. @throws as above, for them as for gamma and beta, but that they must be defined:
/// ValueError.
XTAPE_API Tensor batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean,
                            const Tensor& variance, double epsilon = 1e-3, const std::string& activation = "linear");

}  // namespace xtape
