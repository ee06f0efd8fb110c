#pragma once

#include <cstdint>
#include <string>
#include <xtape/activations/activation.hpp>
#include <xtape/layers/recurrent.hpp>
#include <xtape/ops/recurrent.hpp>

namespace xtape::layers {

struct GRUOptions {
  activations::Activation activation = "tanh";
  activations::Activation recurrent_activation = "sigmoid";
  bool use_bias = true;
  NameOr<initializers::Initializer> kernel_initializer = "glorot_uniform";
  NameOr<initializers::Initializer> recurrent_initializer = "orthogonal";
  NameOr<initializers::Initializer> bias_initializer = "zeros";
  NameOr<regularizers::Regularizer> kernel_regularizer = {};
  NameOr<regularizers::Regularizer> recurrent_regularizer = {};
  NameOr<regularizers::Regularizer> bias_regularizer = {};
  /// Return the output of each step, not of the last alone.
  bool return_sequences = false;
  /// Go through the time steps from the last to the first; the outputs stay in that order.
  bool go_backwards = false;
  /// Let the reset gate act on the hidden state's product with the recurrent kernel (as cuDNN does, and faster here),
  /// not on the hidden state before it (as Cho et al. do).
  bool reset_after = true;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
};

/// Gated recurrent unit (Cho et al., 2014; xtape::gru has the formulas): inputs [batch, time, in], outputs
/// [batch, units], or [batch, time, units] with return_sequences. Weights, with the gates z, r and the candidate side
/// by side: kernel [in, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units] for inputs and hidden state, or
/// [3 units] unless reset_after.
class XTAPE_API GRU : public Recurrent {
 public:
  /// @throws ValueError if units < 1 or 2^61 and more.
  explicit GRU(Count units, GRUOptions options = {});
  /// @throws ShapeError unless inputs are [batch, time, in] with a known `in`.
  void build(const Shape& input_shape) override;
  Tensor call(const Tensor& x, bool training) override;

  /// What Keras gives with return_state, and takes as initial_state: the outputs of all steps and the last hidden
  /// state. The initial state [batch, units], of the layer's dtype, is zero where undefined.
  /// @throws ShapeError, DTypeError for x or a state of another shape or type.
  GruResult call_with_state(const Tensor& x, const Tensor& initial_hidden = {});

 private:
  GruResult run(const Tensor& x, const Tensor& initial_hidden) const;

  GRUOptions options_;
};

}  // namespace xtape::layers
