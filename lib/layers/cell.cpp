#include <string>
#include <utility>
#include <xtape/detail/call_scope.hpp>
#include <xtape/detail/calls.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/cell_impl.hpp>
#include <xtape/ops/creation.hpp>

#include "layers/steps.hpp"

namespace xtape::layers {
namespace {

std::string text_of(std::size_t states) { return std::to_string(states) + (states == 1 ? " state" : " states"); }

// @throws ValueError unless a call is given x and that many states.
void check_states(std::size_t expected, std::size_t given) {
  if (given == expected) return;
  throw ValueError("a cell is called with an input and its " + text_of(expected) + ", given " + std::to_string(given));
}

// @throws ValueError, ShapeError unless there is one for each state, like it.
void check_new_states(const std::vector<Tensor>& states, const std::vector<Tensor>& given) {
  if (given.size() != states.size()) {
    throw ValueError("call returned " + text_of(given.size()) + ", state_size lists " + std::to_string(states.size()));
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    detail::check_returned("call", given[i]);
    if (given[i].shape() == states[i].shape()) continue;
    throw ShapeError("call returned a state of shape " + given[i].shape().str() + " for one of shape " +
                     states[i].shape().str());
  }
}

// What a call of one of either kind is given and gives.
template <class T>
std::vector<T> joined(T first, const std::vector<T>& others) {
  std::vector<T> all{std::move(first)};
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

}  // namespace

Cell::Cell(const Layer& layer) : Layer(layer) {
  if (dynamic_cast<CellImpl*>(&layer.impl())) return;
  throw ValueError("expected a cell, such as LSTMCell, given " + layer.class_name(), layer.name());
}

Cell::Cell(detail::Reference<LayerImpl> impl) noexcept : Layer(std::move(impl)) {}

std::pair<Tensor, std::vector<Tensor>> Cell::operator()(const Tensor& x, const std::vector<Tensor>& states,
                                                        CallOptions options) const {
  return first_and_others(run(Arguments<Tensor>{joined(x, states), {}, {}, options.training}));
}
std::pair<Symbol, std::vector<Symbol>> Cell::operator()(const Symbol& x, const std::vector<Symbol>& states,
                                                        CallOptions options) const {
  return first_and_others(run(Arguments<Symbol>{joined(x, states), {}, {}, options.training}));
}

std::vector<int64_t> Cell::state_size() const { return impl().state_size(); }
int64_t Cell::output_size() const { return impl().output_size(); }
std::vector<Tensor> Cell::get_initial_state(Count batch_size) const { return impl().get_initial_state(batch_size); }
CellImpl& Cell::impl() const { return implementation_of<CellImpl>(*this); }

std::pair<Tensor, std::vector<Tensor>> CellImpl::call(const Tensor&, const std::vector<Tensor>&) {
  throw ValueError("the cell has no `call` of an input and states");
}

std::vector<int64_t> CellImpl::state_size() const { throw ValueError("the cell has no `state_size`", name()); }

std::vector<Tensor> CellImpl::get_initial_state(int64_t batch_size) {
  std::vector<Tensor> states;
  for (const int64_t length : state_size()) states.push_back(zeros({batch_size, length}, dtype()));
  return states;
}

std::vector<Shape> CellImpl::state_shapes(const Shape& input_shape) const {
  std::vector<Shape> shapes;
  for (const int64_t length : state_size()) shapes.push_back({input_shape[0], length});
  return shapes;
}

SequenceResult CellImpl::run_sequence(const Tensor& x, const SequenceOptions& options) {
  return with_path([&] {
    const detail::CallScope scope(this, training());
    std::vector<Tensor> states = initial_states(options.initial_state, get_initial_state(x.shape(0)));
    const Tensor inputs = where_counted(x, options.mask);
    return run_steps(inputs, std::move(states), options, [&](const Tensor& input, const std::vector<Tensor>& before) {
      std::pair<Tensor, std::vector<Tensor>> result = call(input, before);
      detail::check_returned("call", result.first);
      check_new_states(before, result.second);
      return result;
    });
  });
}

std::vector<Tensor> CellImpl::run(const Arguments<Tensor>& arguments) {
  const auto [x, states] = first_and_others(arguments.inputs);
  check_states(state_count(), states.size());
  auto [output, new_states] = call(x, states);
  detail::check_returned("call", output);
  check_new_states(states, new_states);
  return joined(std::move(output), new_states);
}

void CellImpl::check_arguments(const Arguments<Tensor>& arguments) const {
  check_states(state_count(), arguments.inputs.size() - 1);
}

std::vector<Shape> CellImpl::compute_output_shapes(const Arguments<Symbol>& arguments) {
  check_states(state_count(), arguments.inputs.size() - 1);
  const Shape& input_shape = arguments.inputs[0].shape();
  return joined(compute_output_shape(input_shape), state_shapes(input_shape));
}

}  // namespace xtape::layers
