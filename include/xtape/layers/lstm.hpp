#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>
#include <xtape/activations/activation.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

/// What a call of LSTM takes besides the inputs.
template <class T>
struct LSTMArguments {
  /// The hidden and the cell state [batch, units] to begin with; default: zeros.
  std::vector<T> initial_state = {};
  /// Default: as in the call around.
  std::optional<bool> training = std::nullopt;
};

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
  constraints::Constraint kernel_constraint = {};
  constraints::Constraint recurrent_constraint = {};
  constraints::Constraint bias_constraint = {};
  /// Return the output of each step, not of the last alone.
  bool return_sequences = false;
  /// Return the last state too, as a layer of several outputs: such a layer is called with_state or by call_all.
  bool return_state = false;
  /// Go through the time steps from the last to the first; the outputs stay in that order.
  bool go_backwards = false;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Long short-term memory (Hochreiter and Schmidhuber, 1997; xtape::lstm has the formulas): inputs [batch, time, in],
/// outputs [batch, units], or [batch, time, units] with return_sequences. Weights, with the gates i, f, c, o side by
/// side: kernel [in, 4 units], recurrent_kernel [units, 4 units], bias [4 units].
class XTAPE_API LSTM : public Layer {
 public:
  /// @throws ValueError if units < 1 or 2^61 and more; in the first call ShapeError unless inputs are [batch, time, in]
  /// with a known `in`.
  explicit LSTM(Count units, LSTMOptions options = {});  // refused? see LSTMOptions

  /// What Layer does, from a state on: `lstm(x, {.initial_state = {h, c}})`. @throws ShapeError, DTypeError for a state
  /// of another shape or type, ValueError for another number of them.
  Tensor operator()(const Tensor& x, const LSTMArguments<Tensor>& arguments = {}) const;
  Symbol operator()(const Symbol& x, CallOptions options = {}) const { return Layer::operator()(x, options); }
  /// What Keras gives with return_state, the outputs, the last hidden and the last cell state:
  /// `auto [y, h, c] = lstm.with_state(x);`.
  /// @throws as above.
  std::array<Tensor, 3> with_state(const Tensor& x, const LSTMArguments<Tensor>& arguments = {}) const;

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static LSTM from_config(const Config& config);
};

}  // namespace xtape::layers
