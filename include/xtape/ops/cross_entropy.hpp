#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Cross-entropies along the last axis, one value per sample (the last axis is dropped), as in Keras.
/// @throws ShapeError if targets and predictions do not fit or there is no class; IndexError for a label outside
/// [0, classes), ValueError for one that is not a whole number: each names the first one and its position.

/// -sum(target * log(softmax(logits))).
XTAPE_API Tensor categorical_crossentropy_from_logits(const Tensor& target, const Tensor& logits);
/// The same on probabilities: rows are scaled to sum to 1, but for those of zeros, then clipped to [1e-7, 1 - 1e-7].
/// Where `probabilities` is itself the result of softmax, the logits behind it are used instead.
XTAPE_API Tensor categorical_crossentropy(const Tensor& target, const Tensor& probabilities);
/// Labels instead of one-hot targets, whole numbers of any type; a trailing axis of length 1 is dropped.
XTAPE_API Tensor sparse_categorical_crossentropy_from_logits(const Tensor& labels, const Tensor& logits);
XTAPE_API Tensor sparse_categorical_crossentropy(const Tensor& labels, const Tensor& probabilities);
/// Elementwise max(z, 0) - z * target + log(1 + exp(-|z|)); the shape stays. Targets are taken as they are: it is
/// losses::BinaryCrossentropy that refuses those outside [0, 1].
XTAPE_API Tensor binary_crossentropy_from_logits(const Tensor& target, const Tensor& logits);
/// The same on probabilities, clipped to [1e-7, 1 - 1e-7]; the logits behind a sigmoid are used instead.
XTAPE_API Tensor binary_crossentropy(const Tensor& target, const Tensor& probabilities);

}  // namespace xtape
