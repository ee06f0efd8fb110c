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

struct LSTMOptions {
  activations::Activation activation = "tanh";
  activations::Activation recurrent_activation = "sigmoid";
  bool use_bias = true;
  initializers::Initializer kernel_initializer = "glorot_uniform";
  initializers::Initializer recurrent_initializer = "orthogonal";
  initializers::Initializer bias_initializer = "zeros";
  /// Start the forget gate's bias at 1 (Jozefowicz et al., 2015).
  bool unit_forget_bias = true;
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
  /// steps; each gate drops others, of the inputs too, and training is slower then.
  double recurrent_dropout = 0;
  /// Of the stream that dropout draws from; default: the global one.
  std::optional<uint64_t> seed = std::nullopt;
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
  /// Return zeros for steps that the mask leaves out, not the output of the step before.
  bool zero_output_for_mask = false;
  /// 1 lets each gate drop other parts of the inputs, as it does anyhow where recurrent_dropout is set; 2 drops the
  /// same for all. Results are the same without dropout.
  int64_t implementation = 2;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997; xtape::lstm has the formulas): inputs [batch, time, in],
/// outputs [batch, units], or [batch, time, units] with return_sequences. Weights, with the gates i, f, c, o side by
/// side: kernel [in, 4 units], recurrent_kernel [units, 4 units], bias [4 units].
class XTAPE_API LSTM : public RNN {
 public:
  /// @throws ValueError if units < 1 or 2^61 and more, a dropout lies outside [0, 1), or implementation is neither 1
  /// nor 2; in the first call ShapeError unless inputs are [batch, time, in] with a known `in`.
  explicit LSTM(Count units, LSTMOptions options = {});  // refused? see LSTMOptions

  /// What Keras gives with return_state, the outputs, the last hidden and the last cell state:
  /// `auto [y, h, c] = lstm.with_state(x);`.
  /// @throws as RNN::operator().
  std::array<Tensor, 3> with_state(const Tensor& x, const RNNArguments<Tensor>& arguments = {}) const;
  std::array<Symbol, 3> with_state(const Symbol& x, const RNNArguments<Symbol>& arguments = {}) const;

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static LSTM from_config(const Config& config);
};

}  // namespace xtape::layers
