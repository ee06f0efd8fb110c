#include "layers/recurrent.hpp"

#include <limits>
#include <xtape/detail/numbers.hpp>

namespace xtape::layers {

void check_recurrent_units(const char* class_name, int64_t units) {
  detail::check_at_least(1, class_name, "units", units);
  // The columns for all gates are counted too.
  if (units > std::numeric_limits<int64_t>::max() / 4) {
    throw ValueError(std::string(class_name) + ": " + std::to_string(units) + " units are too many");
  }
}

void check_sequences(const Shape& input_shape) {
  if (input_shape.rank() != 3 || input_shape[2] == 0) {
    throw ShapeError("expected inputs [batch, time, features], given " + input_shape.str());
  }
  if (input_shape[2] == -1) throw ShapeError("the number of features must be known, given " + input_shape.str());
}

std::function<Tensor(const Tensor&)> function_of(const activations::Activation& activation,
                                                 Tensor (*fused)(const Tensor&)) {
  if (activation.is(fused)) return {};
  return activation;
}

}  // namespace xtape::layers
