#include "layers/recurrent.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <xtape/autograd.hpp>
#include <xtape/checkpoint.hpp>
#include <xtape/detail/call_scope.hpp>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/program.hpp>

namespace xtape::layers {
namespace {

// A setting of the call, or what the layer was made with.
bool setting_of(const Arguments<Tensor>& arguments, std::string_view name, bool otherwise) {
  for (const auto& each : arguments.settings) {
    if (each.name == name) return each.value.boolean();
  }
  return otherwise;
}

RecurrentImpl& impl_of(const RNN& layer) { return implementation_of<RecurrentImpl>(layer); }

}  // namespace

Tensor mask_of_call(const Arguments<Tensor>& arguments, const Tensor& of_input) {
  const Tensor given = arguments.keyword_tensor("mask");
  if (!given.defined()) return of_input;
  return given.dtype() == bool_ ? given : not_equal(given, 0);
}

bool mask_counts(const Arguments<Tensor>& arguments) {
  return arguments.keyword("initial_state").empty() || arguments.keyword_tensor("mask").defined();
}

void RecurrentImpl::check_sequences(const Shape& input_shape) const {
  if (input_shape.rank() < 3) {
    throw ShapeError("expected inputs [batch, time, ...] of at least 3 dimensions, given " + input_shape.str() +
                     question_of_steps(input_shape, 3));
  }
}

void RecurrentImpl::build(const Shape& input_shape) {
  check_sequences(input_shape);
  of_steps(input_shape, [&] { cell().impl().connect(step_shape(input_shape)); });
}

template <class T>
void RecurrentImpl::check_initial(const std::vector<T>& states, const Shape& input_shape) const {
  if (states.empty()) return;
  check_sequences(input_shape);
  check_states_of(cell().impl(), "initial_state", states, step_shape(input_shape));
}
template void RecurrentImpl::check_initial(const std::vector<Tensor>& states, const Shape& input_shape) const;
template void RecurrentImpl::check_initial(const std::vector<Symbol>& states, const Shape& input_shape) const;

template <class T>
void RecurrentImpl::check_call(const Arguments<T>& arguments) const {
  calls::check_inputs(1, arguments.inputs.size());
  const std::vector<T> states = arguments.keyword("initial_state");
  check_initial_state(state_count(), states.size());
  check_initial(states, arguments.inputs[0].shape());
  check_mask_argument(arguments);
}

void RecurrentImpl::check_arguments(const Arguments<Tensor>& arguments) const { check_call(arguments); }

std::vector<Tensor> RecurrentImpl::run(const Arguments<Tensor>& arguments) {
  const bool return_state = setting_of(arguments, "return_state", settings_.return_state);
  const Tensor mask = mask_of_call(arguments, this->mask());
  auto [outputs, states] =
      go_through(arguments.inputs[0],
                 {.initial_state = arguments.keyword("initial_state"),
                  .mask = mask_counts(arguments) ? mask : Tensor(),
                  .zero_output_for_mask = setting_of(arguments, "zero_output_for_mask", settings_.zero_output_for_mask),
                  .return_state = return_state});
  if (mask.defined() && settings_.return_sequences) outputs = with_mask(outputs, mask);
  std::vector<Tensor> results{std::move(outputs)};
  if (return_state) results.insert(results.end(), states.begin(), states.end());
  return results;
}

Tensor RecurrentImpl::run_one(const Tensor& x) {
  if (settings_.return_state) {
    throw ValueError("has return_state set and returns its states too: take them with with_state(x) or call_all({x})");
  }
  return go_through(x, {.mask = mask(), .zero_output_for_mask = settings_.zero_output_for_mask}).outputs;
}

SequenceResult RecurrentImpl::go_through(const Tensor& x, SequenceOptions how) {
  how.mask = mask_of_steps(how.mask, x.shape());
  how.go_backwards = settings_.go_backwards;
  how.return_sequences = settings_.return_sequences;
  if (!settings_.stateful || detail::in_trial) return cell().impl().run_sequence(x, how);
  check_kept_states(x);
  if (how.initial_state.empty()) {
    // Copies, as derivatives read them after the new ones have taken their places.
    for (const Tensor& state : states_) how.initial_state.push_back(state.clone());
  }
  how.return_state = true;
  SequenceResult result = cell().impl().run_sequence(x, how);
  keep(result.states);
  return result;
}

void RecurrentImpl::check_kept_states(const Tensor& x) const {
  if (is_recomputing()) {
    throw AutogradError("keeps its states (stateful), which have changed when a checkpoint computes again");
  }
  if (states_.empty()) {
    if (!is_capturing()) return;
    throw AutogradError(
        "keeps its states (stateful): call it once, with as many samples, before a function that calls it is captured");
  }
  const int64_t samples = states_.front().shape(0);
  if (samples == x.shape(0)) return;
  throw ValueError("keeps the states of " + std::to_string(samples) + " samples (stateful), given " +
                   std::to_string(x.shape(0)) + "; call reset_state() before batches of another size");
}

void RecurrentImpl::keep(const std::vector<Tensor>& states) {
  const NoGrad no_grad;
  if (states_.empty()) {
    for (const Tensor& state : states) states_.push_back(state.detach().clone());
  } else {
    for (std::size_t i = 0; i < states.size(); ++i) states_[i].assign(states[i]);
  }
}

void RecurrentImpl::check_kept(const std::vector<Tensor>& states) const {
  if (states.empty()) return;
  if (!settings_.stateful || !built()) throw ValueError("keeps no states: it is not stateful, or not built");
  if (states.size() != state_count()) {
    throw ValueError("keeps " + std::to_string(state_count()) + " states, given " + std::to_string(states.size()));
  }
  for (const Tensor& state : states) {
    const bool has_samples = state.rank() > 0 && state.shape(0) > 0;
    if (has_samples && state.shape(0) == states.front().shape(0)) continue;
    throw ShapeError("expected states of the same number of samples, given one of shape " + state.shape().str());
  }
  Shape sequences = build_shape();
  sequences[0] = states.front().shape(0);
  check_states_of(cell().impl(), "a kept state", states, step_shape(sequences));
}

void RecurrentImpl::set_kept_states(const std::vector<Tensor>& states) {
  const auto is_alike = [](const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() && a.dtype() == b.dtype();
  };
  // Captured programs know the tensors.
  if (!std::equal(states.begin(), states.end(), states_.begin(), states_.end(), is_alike)) states_.clear();
  keep(states);
}

Tensor RecurrentImpl::compute_mask(const Tensor&, const Tensor& mask) {
  return settings_.return_sequences ? mask : Tensor();
}

Shape RecurrentImpl::compute_output_shape(const Shape& input_shape) {
  check_sequences(input_shape);
  Shape shape = cell().impl().compute_output_shape(step_shape(input_shape));
  if (settings_.return_sequences) shape.insert(1, input_shape[1]);
  return shape;
}

std::vector<Shape> RecurrentImpl::compute_output_shapes(const Arguments<Symbol>& arguments) {
  check_call(arguments);
  const Shape& input_shape = arguments.inputs[0].shape();
  std::vector<Shape> shapes{compute_output_shape(input_shape)};
  if (settings_.return_state || arguments.flag("return_state")) {
    for (const Shape& state : cell().impl().state_shapes(step_shape(input_shape))) shapes.push_back(state);
  }
  return shapes;
}

// What RNN and the layers that are one have in common; the rest of RNN is in rnn.cpp, which links more.

RNN::RNN(detail::Reference<LayerImpl> impl) noexcept : Layer(std::move(impl)) {}

Tensor RNN::operator()(const Tensor& x, const RNNArguments<Tensor>& arguments) const {
  if (arguments.initial_state.empty() && !arguments.mask.defined()) {
    return Layer::operator()(x, {arguments.training});
  }
  std::vector<Tensor> all = run(recurrent_arguments(x, arguments));
  check_one(all.size());
  return std::move(all.front());
}

Symbol RNN::operator()(const Symbol& x, const RNNArguments<Symbol>& arguments) const {
  std::vector<Symbol> all = run(recurrent_arguments(x, arguments));
  check_one(all.size());
  return std::move(all.front());
}

std::pair<Tensor, std::vector<Tensor>> RNN::with_state(const Tensor& x, const RNNArguments<Tensor>& arguments) const {
  return first_and_others(
      run(with_return_state(recurrent_arguments(x, arguments), impl_of(*this).settings().return_state)));
}

std::pair<Symbol, std::vector<Symbol>> RNN::with_state(const Symbol& x, const RNNArguments<Symbol>& arguments) const {
  return first_and_others(
      run(with_return_state(recurrent_arguments(x, arguments), impl_of(*this).settings().return_state)));
}

void RNN::reset_state() const { impl_of(*this).reset_state(); }

const std::vector<Tensor> RNN::states() const {
  const NoGrad no_grad;
  std::vector<Tensor> states;
  for (const Tensor& state : impl_of(*this).kept_states()) states.push_back(state.clone());
  return states;
}

}  // namespace xtape::layers
