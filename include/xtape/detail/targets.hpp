#pragma once

#include <xtape/tensor.hpp>

// What losses and metrics ask of targets: one pass over them each.
namespace xtape::detail {

/// @throws ValueError naming `operation`, a target outside [0, 1] and its place; rounding beyond them is let pass.
XTAPE_API void check_probabilities(const char* operation, const Tensor& targets);
/// @throws ShapeError naming both shapes unless they are equal and, but for single numbers, their last axis, over which
/// there is a mean, has elements; ValueError if one tensor is undefined.
XTAPE_API void check_same_shape(const char* operation, const Tensor& y_true, const Tensor& y_pred);
XTAPE_API void check_same_shape(const char* operation, const Shape& y_true, const Shape& y_pred);
/// @throws ShapeError unless predictions are [..., classes] with at least one class.
XTAPE_API void check_classes(const char* operation, const Shape& prediction_shape);
/// @throws ValueError if one of them is undefined.
XTAPE_API void check_defined(const char* operation, const Tensor& y_true, const Tensor& y_pred);

/// Labels [...] for predictions [..., classes]: without a trailing axis of length 1, which Keras drops too.
/// @throws ShapeError if they are not one for each row; as check_classes.
XTAPE_API Tensor labels_for(const char* operation, const Tensor& y_true, const Shape& prediction_shape);

/// The mean over the last axis; a single number is its own.
XTAPE_API Tensor mean_of_last_axis(const Tensor& values);

/// x as float32 or float64, in which losses and metrics compute whatever they are given: x itself if it is one, else
/// what its type and float32 promote to.
XTAPE_API Tensor to_floating(const Tensor& x);

}  // namespace xtape::detail
