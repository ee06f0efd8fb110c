#pragma once

#include <xtape/tensor.hpp>

// What cross-entropies do with targets and with the axis of the classes.
namespace xtape::losses {

// @throws ShapeError for no class, ValueError for a single one: softmax of one class is 1 and its cross-entropy 0,
// whatever is learned; Keras warns.
void check_several_classes(const char* operation, const Shape& prediction_shape);
// @throws ValueError unless it lies in [0, 1].
void check_smoothing(const char* subject, double label_smoothing);
// y * (1 - s) + s / classes, in the type of the predictions.
Tensor smoothed(const Tensor& y_true, const Tensor& y_pred, double label_smoothing, int64_t classes);

// With the axis of the classes moved to the end; x itself where it is there. @throws IndexError naming `operation`
// unless x has the axis.
Tensor classes_last(const char* operation, const Tensor& x, int axis);
Shape classes_last(const char* operation, const Shape& shape, int axis);

}  // namespace xtape::losses
