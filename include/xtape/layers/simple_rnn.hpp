#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/rnn.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct SimpleRNNOptions {
  activations::Activation activation = "tanh";
  bool use_bias = true;
  initializers::Initializer kernel_initializer = "glorot_uniform";
  initializers::Initializer recurrent_initializer = "orthogonal";
  initializers::Initializer bias_initializer = "zeros";
  regularizers::Regularizer kernel_regularizer = {};
  regularizers::Regularizer recurrent_regularizer = {};
  regularizers::Regularizer bias_regularizer = {};
  /// A penalty of what each call returns, divided by the size of the batch.
  regularizers::Regularizer activity_regularizer = {};
  constraints::Constraint kernel_constraint = {};
  constraints::Constraint recurrent_constraint = {};
  constraints::Constraint bias_constraint = {};
  /// The part of the inputs that is dropped in training, the same at all steps.
  double dropout = 0;
  /// The part of the hidden states that is dropped in training where they meet the recurrent kernel, the same at all
  /// steps.
  double recurrent_dropout = 0;
  /// Return the output of each step, not of the last alone.
  bool return_sequences = false;
  /// Return the last state too, as a layer of several outputs: such a layer is called with_state or by call_all.
  bool return_state = false;
  /// Go through the time steps from the last to the first; the outputs stay in that order.
  bool go_backwards = false;
  /// Begin with the states that the batch before ended with, sample by sample; see RNN::reset_state.
  bool stateful = false;
  /// Has no effect: steps are taken one by one in any case.
  bool unroll = false;
  /// Of the stream that dropout draws from; default: the global one.
  std::optional<uint64_t> seed = std::nullopt;
  /// Return zeros for steps that the mask leaves out, not the output of the step before.
  bool zero_output_for_mask = false;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// A fully connected recurrent layer (Elman, 1990; xtape::simple_rnn has the formula): inputs [batch, time, in],
/// outputs [batch, units], or [batch, time, units] with return_sequences. Weights: kernel [in, units], recurrent_kernel
/// [units, units], bias [units].
class XTAPE_API SimpleRNN : public RNN {
 public:
  /// @throws ValueError if units < 1 or 2^61 and more, or a dropout lies outside [0, 1); in the first call ShapeError
  /// unless inputs are [batch, time, in] with a known `in`.
  explicit SimpleRNN(Count units, SimpleRNNOptions options = {});  // refused? see SimpleRNNOptions

  /// What Keras gives with return_state, the outputs and the last hidden state: `auto [y, h] = rnn.with_state(x);`.
  /// @throws as RNN::operator().
  std::array<Tensor, 2> with_state(const Tensor& x, const RNNArguments<Tensor>& arguments = {}) const;
  std::array<Symbol, 2> with_state(const Symbol& x, const RNNArguments<Symbol>& arguments = {}) const;

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static SimpleRNN from_config(const Config& config);
};

}  // namespace xtape::layers
