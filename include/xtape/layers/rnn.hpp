#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/layers/cell.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

/// What a call of a recurrent layer takes besides the sequences.
template <class T>
struct RNNArguments {
  /// The states to begin with, as many as the layer has; default: zeros, or what the cell says.
  std::vector<T> initial_state = {};
  /// Which steps count, [batch, time], bool or numbers for their truth; default: the mask of the sequences, and with an
  /// initial_state all of them, as in Keras.
  T mask = {};
  /// Default: as in the call around.
  std::optional<bool> training = std::nullopt;
};

struct RNNOptions {
  /// Return the output of each step, not of the last alone.
  bool return_sequences = false;
  /// Return the last states too, as a layer of several outputs: such a layer is called with_state or by call_all.
  bool return_state = false;
  /// Go through the time steps from the last to the first; the outputs stay in that order.
  bool go_backwards = false;
  /// Begin with the states that the batch before ended with, sample by sample; see RNN::reset_state.
  bool stateful = false;
  /// Has no effect: steps are taken one by one in any case.
  bool unroll = false;
  /// Return zeros for steps that the mask leaves out, not the output of the step before.
  bool zero_output_for_mask = false;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;

  XTAPE_API void fields(Fields& f);
};

/// A recurrent layer: goes through sequences [batch, time, ...] with a cell and returns its last output [batch, ...],
/// or all of them, [batch, time, ...], with return_sequences. Its type is that of the cell.
///
/// Where the sequences have a mask, a step that does not count leaves the states as they are and repeats the output of
/// the step before it (zeros at the beginning); with return_sequences the mask is passed on.
class XTAPE_API RNN : public Layer {
 public:
  explicit RNN(const Cell& cell, RNNOptions options = {});  // refused? see RNNOptions
  /// Goes through them as one, StackedRNNCells. @throws ValueError as there.
  explicit RNN(const std::vector<Cell>& cells, RNNOptions options = {});

  /// What Layer does, from states on: `rnn(x, {.initial_state = {h}})`. @throws ShapeError unless x is [batch, time,
  /// ...] as the cell takes it, for a state or mask of another shape; DTypeError for a state of another type;
  /// ValueError for another number of states, and where return_state is set.
  Tensor operator()(const Tensor& x, const RNNArguments<Tensor>& arguments = {}) const;
  Symbol operator()(const Symbol& x, const RNNArguments<Symbol>& arguments = {}) const;
  /// What Keras gives with return_state, the outputs and the last states: `const auto [y, states] =
  /// rnn.with_state(x);`.
  /// @throws as above.
  std::pair<Tensor, std::vector<Tensor>> with_state(const Tensor& x, const RNNArguments<Tensor>& arguments = {}) const;
  std::pair<Symbol, std::vector<Symbol>> with_state(const Symbol& x, const RNNArguments<Symbol>& arguments = {}) const;

  /// Lets a stateful layer begin anew. All batches until then have one number of samples, that of the first; they are
  /// given in order (`fit` with `.shuffle = false`), by one thread at a time.
  void reset_state() const;
  void reset_states() const { reset_state(); }
  /// The states that a stateful layer goes on with; empty if it begins anew.
  const std::vector<Tensor> states() const;

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static RNN from_config(const Config& config);

 protected:
  explicit RNN(detail::Reference<LayerImpl> impl) noexcept;
};

}  // namespace xtape::layers
