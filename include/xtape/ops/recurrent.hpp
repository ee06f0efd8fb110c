#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// What an LSTM computes.
struct LstmResult {
  /// The hidden state after each step, [batch, time, units].
  Tensor outputs;
  /// The last hidden and cell state, [batch, units].
  Tensor hidden;
  Tensor cell;
};

/// A long short-term memory over x [batch, time, in] (Hochreiter and Schmidhuber, 1997), with Keras's gates
/// i, f, c, o: kernel [in, 4 units], recurrent_kernel [units, 4 units], bias [4 units] or undefined; the
/// initial states [batch, units] are zero where undefined. Gates use sigmoid, candidates and output tanh.
/// @throws ShapeError, DTypeError.
XTAPE_API LstmResult lstm(const Tensor& x, const Tensor& kernel, const Tensor& recurrent_kernel, const Tensor& bias,
                          const Tensor& initial_hidden = {}, const Tensor& initial_cell = {});

}  // namespace xtape
