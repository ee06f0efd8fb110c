#include <limits>
#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/recurrent.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::layers {

Recurrent::Recurrent(const char* class_name, int64_t units, bool return_sequences, bool go_backwards, Settings settings)
    : Layer(std::move(settings)), units_(units), return_sequences_(return_sequences), go_backwards_(go_backwards) {
  detail::check_at_least(1, class_name, "units", units);
  // The columns for all gates are counted too.
  if (units > std::numeric_limits<int64_t>::max() / 4) {
    throw ValueError(std::string(class_name) + ": " + std::to_string(units) + " units are too many");
  }
}

void Recurrent::check_sequences(const Shape& input_shape) {
  if (input_shape.rank() != 3 || input_shape[2] == 0) {
    throw ShapeError("expected inputs [batch, time, features], given " + input_shape.str());
  }
  if (input_shape[2] == -1) throw ShapeError("the number of features must be known, given " + input_shape.str());
}

void Recurrent::build_bias(const Shape& shape, const NameOr<initializers::Initializer>& initializer,
                           const NameOr<regularizers::Regularizer>& regularizer) {
  bias_ = add_weight("bias", shape, initializer, {.regularizer = regularizer});
}

Tensor Recurrent::in_order(const Tensor& x) const {
  const Tensor input = x.astype(dtype());
  return go_backwards_ ? input.slice(1, {.step = -1}) : input;
}

std::function<Tensor(const Tensor&)> Recurrent::function_of(const activations::Activation& activation,
                                                            Tensor (*fused)(const Tensor&)) {
  if (activation.is(fused)) return {};
  return activation;
}

Shape Recurrent::compute_output_shape(const Shape& input_shape) {
  if (return_sequences_) return {input_shape[0], input_shape[1], units_};
  return {input_shape[0], units_};
}

}  // namespace xtape::layers
