#pragma once

#include <xtape/tensor.hpp>

// What losses and metrics ask of targets: one pass over them each.
namespace xtape::detail {

/// @throws ValueError naming `operation`, a target outside [0, 1] and its place; rounding beyond them is let pass.
XTAPE_API void check_probabilities(const char* operation, const Tensor& targets);
/// The same for labels -1 and 1, or 0 and 1: outside [-1, 1].
XTAPE_API void check_signs(const char* operation, const Tensor& targets);
/// @throws ShapeError naming both shapes unless they are equal and, but for single numbers, their last axis, over which
/// there is a mean, has elements; ValueError if one tensor is undefined.
XTAPE_API void check_same_shape(const char* operation, const Tensor& y_true, const Tensor& y_pred);
XTAPE_API void check_same_shape(const char* operation, const Shape& y_true, const Shape& y_pred);
/// @throws ValueError if one of them is undefined.
XTAPE_API void check_defined(const char* operation, const Tensor& y_true, const Tensor& y_pred);

/// The mean over the last axis; a single number is its own.
XTAPE_API Tensor mean_of_last_axis(const Tensor& values);

}  // namespace xtape::detail
