#pragma once

#include <xtape/tensor.hpp>

namespace xtape::models {

// Data for an input as Keras's Functional takes it: a last length of 1 too many goes, one that is missing comes.

// What becomes of that shape beside the input's; another rank stays.
Shape as_input(Shape given, const Shape& input);
// Of that type, too. Masks stay.
Tensor as_input(const Tensor& given, const Shape& input, DType dtype);

}  // namespace xtape::models
