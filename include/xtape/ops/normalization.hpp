#pragma once

#include <string>
#include <xtape/tensor.hpp>

namespace xtape {

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta over the last axis of x, with the biased variance
/// (Ba et al., 2016): x [..., n], gamma and beta [n], each of which may be undefined. `epsilon`: Keras's default.
/// @throws ShapeError if x has no dimension or a parameter another shape; DTypeError unless all are float32 or all
/// float64; ValueError for an epsilon that is negative or not finite.
XTAPE_API Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon = 1e-3);
/// The same over several axes, or another one: gamma and beta have the lengths of the axes, in ascending order.
/// @throws likewise; IndexError for an axis out of range, ValueError for one given twice.
XTAPE_API Tensor layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon, const Axes& axes);

/// The same over groups of neighbouring channels, the last axis, together with all axes but the first one (Wu and He,
/// 2018): x [batch, ..., channels], gamma and beta [channels], each of which may be undefined. @throws as layer_norm;
/// ShapeError for fewer than two dimensions; ValueError unless `groups` divides the number of channels.
XTAPE_API Tensor group_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, Count groups,
                            double epsilon = 1e-3);

/// x / sqrt(mean(x^2) + epsilon) * gamma over `axes` (Zhang and Sennrich, 2019); gamma, which may be undefined, has the
/// lengths of the axes, in ascending order. @throws as layer_norm over axes.
XTAPE_API Tensor rms_norm(const Tensor& x, const Tensor& gamma, double epsilon = 1e-6, const Axes& axes = -1);

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
/// the variance is beyond the range of x's type, it is infinite and y is beta, as in Keras; of nothing both are NaN.
/// @throws as layer_norm; ValueError for another activation.
XTAPE_API BatchNormResult batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon = 1e-3,
                                     const std::string& activation = "linear");

/// The same with a given mean and variance [channels], of x's type, as in inference; they get gradients too. NaN where
/// variance + epsilon is negative. @throws as above, for them as for gamma and beta, but that they must be defined:
/// ValueError.
XTAPE_API Tensor batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean,
                            const Tensor& variance, double epsilon = 1e-3, const std::string& activation = "linear");

/// batch_norm in training with the statistics of some places only, those that count: mask [...] of x [..., channels],
/// or one of x's shape, where channels differ in them; bool or integers for their truth. All places are normalized.
/// What the others hold has no part in mean and variance, which gradients flow through; where no place counts both are
/// 0, as in Keras. @throws as batch_norm; ShapeError, DTypeError for another mask.
XTAPE_API BatchNormResult masked_batch_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                            const Tensor& mask, double epsilon = 1e-3);

/// What spectral_norm computes.
struct SpectralNormResult {
  /// Of the kernel's shape.
  Tensor kernel;
  /// What to begin with next time, without gradient.
  Tensor vector;
};

/// kernel [..., n], as a matrix with n columns, divided by its largest singular value, which power iteration from
/// `vector` [1, n] approximates (Miyato et al., 2018). The singular vectors are constants in the derivative.
/// @throws ShapeError for fewer than two dimensions or another vector; DTypeError unless both have one floating type;
/// ValueError for less than one iteration.
XTAPE_API SpectralNormResult spectral_norm(const Tensor& kernel, const Tensor& vector, Count power_iterations = 1);

/// x / max(n, epsilon) with the norms n of x along `axes`: (sum |x|^order)^(1 / order), or max |x| for infinity.
/// `epsilon`: Keras's. Integers become floating. @throws IndexError for an axis out of range; ValueError for one given
/// twice, and unless order and epsilon are positive, and epsilon finite.
XTAPE_API Tensor normalize(const Tensor& x, const Axes& axes = -1, double order = 2, double epsilon = 1e-7);

}  // namespace xtape
