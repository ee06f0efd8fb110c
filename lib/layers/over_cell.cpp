#include "layers/over_cell.hpp"

namespace xtape::layers {

void check_feature_sequences(const Shape& input_shape) {
  if (input_shape.rank() != 3 || input_shape[2] == 0) {
    throw ShapeError("expected inputs [batch, time, features], given " + input_shape.str() +
                     question_of_steps(input_shape, 3));
  }
  if (input_shape[2] == -1) throw ShapeError("the number of features must be known, given " + input_shape.str());
}

}  // namespace xtape::layers
