#pragma once

#include <xtape/tensor.hpp>

namespace xtape::losses {

// Targets and predictions of one shape and one floating type.
struct Operands {
  Tensor target, prediction;
};

// @throws as mean_squared_error. A shape that merely broadcasts is nearly always a mistake, and costs memory; Keras
// lets it pass.
Operands operands(const char* operation, const Tensor& y_true, const Tensor& y_pred);
// The shapes of both, in one rank. @throws likewise.
void check_operands(const char* operation, const Tensor& y_true, const Shape& prediction_shape);

// The axis counted from the front. @throws IndexError unless predictions have it.
int checked_axis(const char* operation, int axis, const Shape& prediction_shape);
// The mean over an axis; a single number is its own.
Tensor mean_along(const char* operation, const Tensor& values, int axis);

}  // namespace xtape::losses
