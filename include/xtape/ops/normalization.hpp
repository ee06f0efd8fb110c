#pragma once

#include <string>
#include <xtape/tensor.hpp>

namespace xtape {

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta over the last axis of x, with the biased variance
/// (Ba et al., 2016). gamma and beta have the last axis's shape; each may be undefined.
/// @throws ShapeError, DTypeError.
XTAPE_API Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon = 1e-3);

/// What batch_norm computes in training.
struct BatchNormResult {
  Tensor y;
  /// Mean and biased variance of each channel, without gradient.
  Tensor mean;
  Tensor variance;
};

/// activation of the same per channel (the last axis), over all other axes, in training (Ioffe and Szegedy, 2015), in
/// one pass; `activation`: "linear", "relu", "sigmoid" or "tanh". Where the variance is beyond the range of x's type, it
/// is infinite and y is beta, as in Keras.
/// @throws ShapeError, DTypeError; ValueError for another activation.
XTAPE_API BatchNormResult batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon = 1e-3,
                                     const std::string& activation = "linear");

/// The same with a given mean and variance [channels], as in inference.
XTAPE_API Tensor batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean,
                            const Tensor& variance, double epsilon = 1e-3, const std::string& activation = "linear");

}  // namespace xtape
