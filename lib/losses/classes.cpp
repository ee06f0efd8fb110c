#include "losses/classes.hpp"

#include <string>
#include <xtape/detail/labels.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/manipulation.hpp>

#include "losses/operands.hpp"

namespace xtape::losses {

void check_several_classes(const char* operation, const Shape& prediction_shape) {
  detail::check_classes(operation, prediction_shape);
  if (prediction_shape.back() == 1) {
    throw ValueError(std::string(operation) + ": predictions " + prediction_shape.str() +
                     " have a single class, of which the loss is always 0; use binary_crossentropy and a sigmoid, or "
                     "one output for each class");
  }
}

void check_smoothing(const char* subject, double label_smoothing) {
  detail::check_number(subject, "label_smoothing", label_smoothing, detail::Range::from_0_to_1);
}

Tensor smoothed(const Tensor& y_true, const Tensor& y_pred, double label_smoothing, int64_t classes) {
  const Tensor target = y_true.astype(y_pred.dtype());
  if (label_smoothing == 0) return target;
  return target * (1 - label_smoothing) + label_smoothing / static_cast<double>(classes);
}

// Logits are seen behind probabilities that nothing has been done to, so that x stays what it is where it can.
Tensor classes_last(const char* operation, const Tensor& x, int axis) {
  if (axis == -1) return x;
  const int along = checked_axis(operation, axis, x.shape());
  return along == x.rank() - 1 ? x : moveaxis(x, along, -1);
}

Shape classes_last(const char* operation, const Shape& shape, int axis) {
  if (axis == -1) return shape;
  const int along = checked_axis(operation, axis, shape);
  Shape moved;
  for (int i = 0; i < shape.rank(); ++i) {
    if (i != along) moved.push_back(shape[i]);
  }
  moved.push_back(shape[along]);
  return moved;
}

}  // namespace xtape::losses
