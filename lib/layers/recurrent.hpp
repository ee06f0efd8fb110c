#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/kept_states.hpp>
#include <xtape/layers/cell_impl.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/rnn.hpp>

#include "layers/argument_checks.hpp"
#include "layers/steps.hpp"

namespace xtape::layers {

// What the options of a recurrent layer say about how it goes through sequences.
struct RecurrentSettings {
  bool return_sequences;
  bool return_state;
  bool go_backwards;
  bool stateful;
  bool zero_output_for_mask;
};
template <class Options>
RecurrentSettings recurrent_settings(const Options& options) {
  return {options.return_sequences, options.return_state, options.go_backwards, options.stateful,
          options.zero_output_for_mask};
}
template <class Options>
void recurrent_fields(Fields& f, Options& options) {
  f("return_sequences", options.return_sequences)("return_state", options.return_state);
  f("go_backwards", options.go_backwards)("stateful", options.stateful)("unroll", options.unroll);
  f("zero_output_for_mask", options.zero_output_for_mask);
}

// What a recurrent layer does: it goes through sequences with its cell, which is a part of it and holds the weights.
class RecurrentImpl : public LayerImpl, public KeepsStates {
 public:
  void build(const Shape& input_shape) override;
  std::vector<Tensor> run(const Arguments<Tensor>& arguments) override;
  Tensor run_one(const Tensor& x) override;
  Tensor compute_mask(const Tensor& x, const Tensor& mask) override;
  Shape compute_output_shape(const Shape& input_shape) override;
  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override;

  std::optional<std::string> place_of_part(std::size_t) const override { return "cell"; }

  // A layer of the same options, with weights of its own, that goes through time in that direction.
  virtual Layer copy(const std::string& name, bool go_backwards) const = 0;

  const RecurrentSettings& settings() const { return settings_; }
  std::size_t state_count() const { return cell_.impl().state_count(); }
  // @throws ValueError, ShapeError, DTypeError unless they are none, or what such sequences may begin with.
  template <class T>
  void check_initial(const std::vector<T>& states, const Shape& input_shape) const;
  void reset_state() { states_.clear(); }
  // Of a stateful layer. Empty if there are none yet.
  const std::vector<Tensor>& kept_states() const override { return states_; }
  void check_kept(const std::vector<Tensor>& states) const override;
  void set_kept_states(const std::vector<Tensor>& states) override;

 protected:
  // The cell is made after what all layers check.
  template <class MakeCell>
  RecurrentImpl(LayerOptions options, RecurrentSettings settings, const MakeCell& make_cell)
      : LayerImpl(std::move(options)), settings_(settings), cell_(make_cell()) {}

  // @throws ShapeError unless the layer takes such sequences. By default those of three and more dimensions.
  virtual void check_sequences(const Shape& input_shape) const;
  void check_input(const Shape& shape) const override { check_last_length(shape); }
  void check_arguments(const Arguments<Tensor>& arguments) const override;

  const Cell& cell() const { return cell_; }

 private:
  template <class T>
  void check_call(const Arguments<T>& arguments) const;
  // Goes through x; a stateful layer, from where it was.
  SequenceResult go_through(const Tensor& x, SequenceOptions how);
  void check_kept_states(const Tensor& x) const;
  void keep(const std::vector<Tensor>& states);

  const RecurrentSettings settings_;
  const Cell cell_;
  // Of a stateful layer.
  std::vector<Tensor> states_;
};

// The one that a layer is, or null.
inline RecurrentImpl* as_recurrent(const Layer& layer) { return dynamic_cast<RecurrentImpl*>(&layer.impl()); }

// The arguments of a call of a recurrent layer, or of a layer around one.
template <class T>
Arguments<T> recurrent_arguments(const T& x, const RNNArguments<T>& given) {
  Arguments<T> arguments{.inputs = {x}};
  if (!given.initial_state.empty()) arguments.keywords.push_back({"initial_state", given.initial_state});
  if (given.mask.defined()) arguments.keywords.push_back({"mask", {given.mask}});
  arguments.training = given.training;
  return arguments;
}
// Those of one whose states are wanted.
template <class T>
Arguments<T> with_return_state(Arguments<T> arguments, bool is_an_option) {
  if (!is_an_option) arguments.settings.push_back({"return_state", true});
  return arguments;
}

// That of the call: given to it, or that of its first input. Outputs hand it on.
Tensor mask_of_call(const Arguments<Tensor>& arguments, const Tensor& of_input);
// Whether steps are left out by that mask: as in Keras one that hangs on the input counts only where a call has no
// other tensors (keras/src/layers/layer.py, "Populate mask argument(s)").
bool mask_counts(const Arguments<Tensor>& arguments);
// @throws ShapeError unless a mask that is given fits the sequences.
template <class T>
void check_mask_argument(const Arguments<T>& arguments) {
  const T mask = arguments.keyword_tensor("mask");
  const Shape& x = arguments.inputs[0].shape();
  if (mask.defined() && x.rank() >= 2) check_argument("a mask", "[batch, time]", {x[0], x[1]}, mask.shape());
}

}  // namespace xtape::layers
