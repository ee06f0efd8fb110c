#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/rnn.hpp>

namespace xtape::layers {

struct BidirectionalOptions {
  /// What becomes of the two outputs: "concat" (along the last axis), "sum", "mul", "ave", or nothing: both are
  /// returned.
  std::optional<std::string> merge_mode = "concat";
  /// The layer that goes the other way; default: one like the first.
  std::optional<Layer> backward_layer = std::nullopt;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;

  XTAPE_API void fields(Fields& f);
};

/// A recurrent layer (RNN, SimpleRNN, LSTM, GRU, ConvLSTM1D, ConvLSTM2D) that goes through sequences in both directions
/// (Schuster and Paliwal, 1997), by two layers: one made as the given one, of weights of its own and called forward_*,
/// and one of the other direction, called backward_* unless it is given. With return_sequences the outputs of the
/// second are put in the order of the first, and steps that the mask leaves out are zeros in both. Its type is that of
/// the layer.
class XTAPE_API Bidirectional : public Layer {
 public:
  /// @throws ValueError for another merge_mode, a layer that is not recurrent, and a backward_layer of the same
  /// direction or another return_sequences, return_state or stateful; and for a cell of one's own that cannot be
  /// cloned.
  explicit Bidirectional(const Layer& layer, BidirectionalOptions options = {});  // refused? see BidirectionalOptions

  /// What Layer does, from states on: those of the forward layer, then those of the backward layer.
  /// @throws as RNN::operator(); ValueError without a merge_mode: take both outputs with call<2>({x}).
  Tensor operator()(const Tensor& x, const RNNArguments<Tensor>& arguments = {}) const;
  Symbol operator()(const Symbol& x, const RNNArguments<Symbol>& arguments = {}) const;
  /// The outputs and the last states of both, in that order. @throws as above.
  std::pair<Tensor, std::vector<Tensor>> with_state(const Tensor& x, const RNNArguments<Tensor>& arguments = {}) const;
  std::pair<Symbol, std::vector<Symbol>> with_state(const Symbol& x, const RNNArguments<Symbol>& arguments = {}) const;

  Layer forward_layer() const;
  Layer backward_layer() const;
  /// Lets stateful layers begin anew.
  void reset_state() const;
  void reset_states() const { reset_state(); }

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Bidirectional from_config(const Config& config);
};

}  // namespace xtape::layers
