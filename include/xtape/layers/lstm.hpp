#pragma once

#include <cstdint>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/layers/recurrent.hpp>
#include <xtape/ops/recurrent.hpp>

namespace xtape::layers {

struct LSTMOptions {
  activations::Activation activation = "tanh";
  activations::Activation recurrent_activation = "sigmoid";
  bool use_bias = true;
  NameOr<initializers::Initializer> kernel_initializer = "glorot_uniform";
  NameOr<initializers::Initializer> recurrent_initializer = "orthogonal";
  NameOr<initializers::Initializer> bias_initializer = "zeros";
  /// Start the forget gate's bias at 1 (Jozefowicz et al., 2015).
  bool unit_forget_bias = true;
  NameOr<regularizers::Regularizer> kernel_regularizer = {};
  NameOr<regularizers::Regularizer> recurrent_regularizer = {};
  NameOr<regularizers::Regularizer> bias_regularizer = {};
  /// Return the output of each step, not of the last alone.
  bool return_sequences = false;
  /// Go through the time steps from the last to the first; the outputs stay in that order.
  bool go_backwards = false;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997; xtape::lstm has the formulas): inputs [batch, time, in],
/// outputs [batch, units], or [batch, time, units] with return_sequences. Weights, with the gates i, f, c, o side by
/// side: kernel [in, 4 units], recurrent_kernel [units, 4 units], bias [4 units].
class XTAPE_API LSTM : public Recurrent {
 public:
  /// @throws ValueError if units < 1 or 2^61 and more.
  explicit LSTM(Count units, LSTMOptions options = {});
  /// @throws ShapeError unless inputs are [batch, time, in] with a known `in`.
  void build(const Shape& input_shape) override;
  Tensor call(const Tensor& x, bool training) override;

  /// What Keras gives with return_state, and takes as initial_state: the outputs of all steps, the last hidden and the
  /// last cell state. Initial states [batch, units], of the layer's dtype, are zero where undefined.
  /// @throws ShapeError, DTypeError for x or a state of another shape or type.
  LstmResult call_with_state(const Tensor& x, const Tensor& initial_hidden = {}, const Tensor& initial_cell = {});

 private:
  LstmResult run(const Tensor& x, const Tensor& initial_hidden, const Tensor& initial_cell) const;

  LSTMOptions options_;
};

}  // namespace xtape::layers
