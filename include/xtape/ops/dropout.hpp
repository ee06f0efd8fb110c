#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Sets each element to 0 with probability `rate` and divides the others by 1 - rate (Srivastava et al., 2014). A
/// dropped NaN or infinity is 0 too. Integers are converted first, as in xtape/ops/elementwise.hpp. Draws from the
/// global generator. @throws ValueError unless 0 <= rate < 1.
XTAPE_API Tensor dropout(const Tensor& x, double rate);
/// The same with one decision for all elements that a tensor of shape `noise_shape` broadcasts to: of images [batch,
/// height, width, channels], {batch, 1, 1, channels} drops whole channels. @throws likewise; ShapeError unless it
/// broadcasts to x's shape.
XTAPE_API Tensor dropout(const Tensor& x, double rate, const Shape& noise_shape);

/// x plus normal noise of that standard deviation. Integers are converted, numbers drawn as by dropout. @throws
/// ValueError unless `stddev` is finite and not negative.
XTAPE_API Tensor gaussian_noise(const Tensor& x, double stddev);

/// x times normal noise with mean 1 and variance rate / (1 - rate), those of dropout (Srivastava et al., 2014).
/// @throws as dropout.
XTAPE_API Tensor gaussian_dropout(const Tensor& x, double rate);

/// Sets each element to SELU's lowest value with probability `rate`, then scales and shifts all such that mean 0 and
/// variance 1 stay what they are (Klambauer et al., 2017). @throws as dropout.
XTAPE_API Tensor alpha_dropout(const Tensor& x, double rate);
/// The same with one decision for all elements that a tensor of shape `noise_shape` broadcasts to. @throws as dropout.
XTAPE_API Tensor alpha_dropout(const Tensor& x, double rate, const Shape& noise_shape);

}  // namespace xtape
