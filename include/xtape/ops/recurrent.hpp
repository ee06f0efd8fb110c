#pragma once

#include <functional>
#include <xtape/tensor.hpp>

namespace xtape {

/// The functions in an LSTM, and how it goes through time. With other functions than the default ones it runs step by
/// step, in several operations each.
struct LstmOptions {
  /// Of candidates and of cells; tanh where empty.
  std::function<Tensor(const Tensor&)> activation = {};
  /// Of the gates i, f, o; sigmoid where empty.
  std::function<Tensor(const Tensor&)> recurrent_activation = {};
  /// Which steps count, [batch, time], bool or integers for their truth; all where undefined. A step that does not
  /// count leaves the states as they are, and its output is that of the step before it, or zeros where there is none:
  /// Keras's. Nothing is computed for it, so that padded sequences cost what they hold.
  Tensor mask = {};
  /// Outputs of zeros for steps that do not count.
  bool zero_output_for_mask = false;
  /// From the last step to the first. Outputs are in the order in which they are computed.
  bool go_backwards = false;
  /// [batch, units], of x's type: hidden states are multiplied by it, such as dropout(ones), where they meet
  /// recurrent_kernel. It is one for all gates, of which Keras's LSTM and GRU have one each. A constant: it gets no
  /// gradient.
  Tensor recurrent_dropout_mask = {};
};

/// What an LSTM computes.
struct LstmResult {
  /// The hidden state after each step, [batch, time, units].
  Tensor outputs;
  /// The last hidden and cell state, [batch, units]: after the last step that counts.
  Tensor hidden;
  Tensor cell;
};

/// A long short-term memory over x [batch, time, in] (Hochreiter and Schmidhuber, 1997), with Keras's gates i, f, c, o
/// side by side: kernel W [in, 4 units], recurrent_kernel U [units, 4 units], bias b [4 units] or undefined. For each
/// step,
///
///     i = sigmoid(x Wi + bi + h Ui), and so f and o
///     c = f * c + i * tanh(x Wc + bc + h Uc)
///     h = o * tanh(c)
///
/// from the initial states [batch, units], zeros where undefined, which are the last ones if time is 0.
/// @throws ShapeError for another shape, naming what was expected; DTypeError unless all are float32 or all float64. Of
/// what functions in the options return, ValueError if it is undefined, ShapeError if it has not the argument's shape.
XTAPE_API LstmResult lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                          const Tensor& initial_hidden = {}, const Tensor& initial_cell = {},
                          const LstmOptions& options = {});

/// The functions in a GRU, where its reset gate acts, and how it goes through time. Only the default ones are computed
/// in one pass; with others it runs step by step, in several operations each.
struct GruOptions {
  /// Of candidates; tanh where empty.
  std::function<Tensor(const Tensor&)> activation = {};
  /// Of the gates z, r; sigmoid where empty.
  std::function<Tensor(const Tensor&)> recurrent_activation = {};
  /// Reset the hidden state's product with the recurrent kernel (cuDNN's form), or the hidden state before it.
  bool reset_after = true;
  /// As those of LstmOptions.
  Tensor mask = {};
  bool zero_output_for_mask = false;
  bool go_backwards = false;
  Tensor recurrent_dropout_mask = {};
};

/// What a GRU computes.
struct GruResult {
  /// The hidden state after each step, [batch, time, units].
  Tensor outputs;
  /// The last hidden state, [batch, units]: after the last step that counts.
  Tensor hidden;
};

/// A gated recurrent unit over x [batch, time, in] (Cho et al., 2014), with Keras's gates z, r and candidate c side by
/// side: kernel W [in, 3 units], recurrent_kernel U [units, 3 units], bias [2, 3 units], b of the inputs and d of the
/// hidden state; or [3 units] without d where the reset gate acts before the product; or undefined. For each step,
///
///     z = sigmoid(x Wz + bz + h Uz + dz)
///     r = sigmoid(x Wr + br + h Ur + dr)
///     c = tanh(x Wc + bc + r * (h Uc + dc)), or tanh(x Wc + bc + (r * h) Uc) unless reset_after
///     h = z * h + (1 - z) * c
///
/// from initial_hidden [batch, units], zeros where undefined, which is the last one if time is 0. @throws as lstm.
XTAPE_API GruResult gru(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                        const Tensor& initial_hidden = {}, const GruOptions& options = {});

/// The function in a simple recurrent network, and how it goes through time. With another function than tanh it runs
/// step by step, in several operations each.
struct SimpleRnnOptions {
  /// tanh where empty.
  std::function<Tensor(const Tensor&)> activation = {};
  /// As those of LstmOptions.
  Tensor mask = {};
  bool zero_output_for_mask = false;
  bool go_backwards = false;
  Tensor recurrent_dropout_mask = {};
};

/// What a simple recurrent network computes.
struct SimpleRnnResult {
  /// The hidden state after each step, [batch, time, units].
  Tensor outputs;
  /// The last hidden state, [batch, units]: after the last step that counts.
  Tensor hidden;
};

/// h = tanh(x W + b + h U) for each step of x [batch, time, in] (Elman, 1990): kernel W [in, units], recurrent_kernel U
/// [units, units], bias b [units] or undefined; from initial_hidden [batch, units], zeros where undefined, which is the
/// last one if time is 0. @throws as lstm.
XTAPE_API SimpleRnnResult simple_rnn(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel,
                                     const Tensor& bias, const Tensor& initial_hidden = {},
                                     const SimpleRnnOptions& options = {});

}  // namespace xtape
