#pragma once

#include <xtape/tensor.hpp>

namespace xtape::detail {

/// @throws ShapeError unless predictions are [..., classes] with at least one class.
XTAPE_API void check_classes(const char* operation, const Shape& prediction_shape);

/// Labels [...] for predictions [..., classes]: without a trailing axis of length 1, which Keras drops too.
/// @throws ShapeError if they are not one for each row; as check_classes.
XTAPE_API Tensor labels_for(const char* operation, const Tensor& y_true, const Shape& prediction_shape);

}  // namespace xtape::detail
