#include "layers/recurrent_cell.hpp"

#include <limits>
#include <string>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::layers {

void check_recurrent_units(const std::string& class_name, const char* option, int64_t units) {
  detail::check_at_least(1, class_name, option, units);
  // The columns for all gates are counted too.
  if (units > std::numeric_limits<int64_t>::max() / 4) {
    throw ValueError(class_name + ": " + std::to_string(units) + " " + option + " are too many");
  }
}

void check_implementation(const std::string& class_name, int64_t implementation) {
  if (implementation == 1 || implementation == 2) return;
  throw ValueError(class_name + ": implementation must be 1 or 2, given " + std::to_string(implementation));
}

std::function<Tensor(const Tensor&)> function_of(const activations::Activation& activation,
                                                 Tensor (*fused)(const Tensor&)) {
  if (activation.is(fused)) return {};
  return activation;
}

Tensor dropped(const Tensor& state, const Tensor& mask) { return mask.defined() ? state * mask : state; }

initializers::Initializer forget_bias(const initializers::Initializer& others, int64_t units) {
  return [others, units](const Shape&, DType dtype) {
    return concatenate({others({units}, dtype), ones({units}, dtype), others({2 * units}, dtype)});
  };
}

std::pair<Tensor, std::vector<Tensor>> FusedCellImpl::call(const Tensor& x, const std::vector<Tensor>& states) {
  SequenceResult result = run_sequence(x.expand_dims(1), {.initial_state = states, .return_state = true});
  return {std::move(result.outputs), std::move(result.states)};
}

Tensor FusedCellImpl::state_of(const SequenceOptions& options, std::size_t i) {
  return i < options.initial_state.size() ? options.initial_state[i] : Tensor();
}

}  // namespace xtape::layers
