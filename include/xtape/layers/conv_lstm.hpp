#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/rnn.hpp>
#include <xtape/layers/size.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

template <std::size_t axes>
struct ConvLSTMOptions {
  /// Of the convolution of the inputs; that of the hidden state keeps its
  /// lengths.
  Size<axes> strides = 1;
  /// "valid" or "same", likewise.
  std::string padding = "valid";
  Size<axes> dilation_rate = 1;
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
  /// The part of the hidden states that is dropped in training where they meet
  /// the recurrent kernel, the same at all steps; each gate drops others, of the inputs too.
  double recurrent_dropout = 0;
  /// Of the stream that dropout draws from; default: the global one.
  std::optional<uint64_t> seed = std::nullopt;
  /// Return the output of each step, not of the last alone.
  bool return_sequences = false;
  /// Return the last states too, as a layer of several outputs: such a layer is
  /// called with_state or by call_all.
  bool return_state = false;
  /// Go through the time steps from the last to the first; the outputs stay in
  /// that order.
  bool go_backwards = false;
  /// Begin with the states that the batch before ended with, sample by sample;
  /// see RNN::reset_state.
  bool stateful = false;
  /// Has no effect: steps are taken one by one in any case.
  bool unroll = false;
  /// Return zeros for steps that the mask leaves out, not the output of the
  /// step before.
  bool zero_output_for_mask = false;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};
using ConvLSTM1DOptions = ConvLSTMOptions<1>;
using ConvLSTM2DOptions = ConvLSTMOptions<2>;
using ConvLSTM3DOptions = ConvLSTMOptions<3>;

/// An LSTM whose products are convolutions (Shi et al., 2015, without what
/// cells tell gates), over one, two or three axes, channels last: inputs
/// [batch, time, ..., in], outputs [batch, ..., filters] of the last step, or
/// those of all, [batch, time, ..., filters]. Weights, with the gates i, f, c,
/// o side by side: kernel [sizes..., in, 4 filters], recurrent_kernel
/// [sizes..., filters, 4 filters], bias [4 filters].
template <std::size_t axes>
class XTAPE_API ConvLSTM : public RNN {
 public:
  /// @throws ValueError for numbers below 1, strides and a dilation_rate that
  /// are both above 1, an unknown padding, or a dropout outside [0, 1); in the
  /// first call ShapeError unless the steps of inputs hold a window.
  ConvLSTM(Count filters, Size<axes> kernel_size, ConvLSTMOptions<axes> options = {});  // refused? see ConvLSTMOptions

  /// What Keras gives with return_state, the outputs, the last hidden and the
  /// last cell state, both [batch, ..., filters]: `auto [y, h, c] =
  /// conv_lstm.with_state(x);`.
  /// @throws as RNN::operator().
  std::array<Tensor, 3> with_state(const Tensor& x, const RNNArguments<Tensor>& arguments = {}) const;
  std::array<Symbol, 3> with_state(const Symbol& x, const RNNArguments<Symbol>& arguments = {}) const;

  /// The layer that get_config describes. @throws ValueError for an unknown
  /// option, with the nearest ones.
  static ConvLSTM from_config(const Config& config);
};
using ConvLSTM1D = ConvLSTM<1>;
using ConvLSTM2D = ConvLSTM<2>;
using ConvLSTM3D = ConvLSTM<3>;

}  // namespace xtape::layers
