#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/layers/cell_impl.hpp>

#include "layers/argument_checks.hpp"

namespace xtape::layers {

// The shape of one step of sequences [batch, time, ...].
Shape step_shape(const Shape& sequences);
// What `call` returns, whose errors about shapes of steps say what sequences these are of.
template <class Call>
auto of_steps(const Shape& sequences, const Call& call) {
  try {
    return call();
  } catch (ShapeError& error) {
    error.set_message(error.message() + " (of steps of inputs " + sequences.str() + ")");
    throw;
  }
}

// Sequences with all their steps as the samples of one batch, [batch * time, ...], and back.
Tensor join_steps(const Tensor& x);
Tensor part_steps(const Tensor& steps, int64_t batch, int64_t time);

// Sequences with zeros in steps that do not count: what stands there, not a number maybe, has no part in anything then.
Tensor where_counted(const Tensor& x, const Tensor& mask);

// The first of a list, an output, and what follows it, the states.
template <class T>
std::pair<T, std::vector<T>> first_and_others(const std::vector<T>& all) {
  return {all.front(), std::vector<T>(all.begin() + 1, all.end())};
}

// What is done at a step: from the inputs at that step and the states to the output and the new states.
using Step = std::function<std::pair<Tensor, std::vector<Tensor>>(const Tensor&, const std::vector<Tensor>&)>;

// Goes through x [batch, time, ...] in operations, from `states`, with masks as SequenceOptions says. @throws
// ShapeError if there are no steps.
SequenceResult run_steps(const Tensor& x, std::vector<Tensor> states, const SequenceOptions& options, const Step& step);

// Whether a layer and those in it are the library's own. The states of other cells may have other shapes than
// state_shapes says where they come from get_initial_state.
bool is_of_the_library(const LayerImpl& layer);
// What a call gives a cell as states, tensors or symbols, for inputs [batch, ...] of that shape; `argument` is their
// name.
// @throws ShapeError, DTypeError unless the cell takes them; of a cell that is none of the library's nothing is known.
template <class T>
void check_states_of(const CellImpl& cell, const std::string& argument, const std::vector<T>& states,
                     const Shape& input_shape) {
  if (!is_of_the_library(cell)) return;
  const std::vector<Shape> expected = cell.state_shapes(input_shape);
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (!states[i].defined()) continue;
    const std::string name = states.size() == 1 ? argument : argument + ' ' + std::to_string(i);
    check_argument(name, "of shape", expected[i], states[i].shape());
    if (states[i].dtype() == cell.dtype()) continue;
    throw DTypeError("expected " + name + " of " + xtape::name(cell.dtype()) + ", given " +
                     xtape::name(states[i].dtype()) + "; astype converts it");
  }
}

// @throws ValueError unless there are so many initial states, or none.
void check_initial_state(std::size_t expected, std::size_t given);
// The states to begin with: `initial`, in the places of which `given` may have others. @throws ValueError for another
// number of them, ShapeError, DTypeError for one of another shape or type.
std::vector<Tensor> initial_states(const std::vector<Tensor>& given, std::vector<Tensor> initial);

}  // namespace xtape::layers
