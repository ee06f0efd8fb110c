#include "layers/argument_checks.hpp"

#include <xtape/error.hpp>

#include "layers/merge.hpp"

namespace xtape::layers {

bool fits(const Shape& shape, const Shape& expected) {
  if (shape.rank() != expected.rank()) return false;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (!may_be_equal(shape[axis], expected[axis])) return false;
  }
  return true;
}

void check_argument(const std::string& argument, const char* axes, const Shape& expected, const Shape& shape) {
  if (fits(shape, expected)) return;
  throw ShapeError("expected " + argument + ' ' + axes + ' ' + expected.str() + ", given " + shape.str());
}

std::string question_of_steps(const Shape& input_shape, int rank_of_sequences) {
  if (input_shape.rank() != rank_of_sequences - 1) return "";
  return "; is return_sequences missing in the layer before?";
}

Tensor mask_of_steps(const Tensor& mask, const Shape& input_shape) {
  if (!mask.defined() || mask.rank() < 2) return {};
  if (mask.rank() == 2) return mask;
  throw ShapeError("expected inputs " + input_shape.str() + " with a mask [batch, time], given one of " +
                   mask.shape().str() + "; with_mask(x, mask) gives x another one");
}

}  // namespace xtape::layers
