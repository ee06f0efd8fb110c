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

struct GRUOptions {
  activations::Activation activation = "tanh";
  activations::Activation recurrent_activation = "sigmoid";
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
  /// Let the reset gate act on the hidden state's product with the recurrent kernel (as cuDNN does, and faster here),
  /// not on the hidden state before it (as Cho et al. do).
  bool reset_after = true;
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

/// Gated recurrent unit (Cho et al., 2014; xtape::gru has the formulas): inputs [batch, time, in], outputs
/// [batch, units], or [batch, time, units] with return_sequences. Weights, with the gates z, r and the candidate side
/// by side: kernel [in, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units] for inputs and hidden state, or
/// [3 units] unless reset_after.
class XTAPE_API GRU : public RNN {
 public:
  /// @throws ValueError if units < 1 or 2^61 and more, a dropout lies outside [0, 1), or implementation is neither 1
  /// nor 2; in the first call ShapeError unless inputs are [batch, time, in] with a known `in`.
  explicit GRU(Count units, GRUOptions options = {});  // refused? see GRUOptions

  /// What Keras gives with return_state, the outputs and the last hidden state: `auto [y, h] = gru.with_state(x);`.
  /// @throws as RNN::operator().
  std::array<Tensor, 2> with_state(const Tensor& x, const RNNArguments<Tensor>& arguments = {}) const;
  std::array<Symbol, 2> with_state(const Symbol& x, const RNNArguments<Symbol>& arguments = {}) const;

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static GRU from_config(const Config& config);
};

}  // namespace xtape::layers
