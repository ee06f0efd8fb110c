#pragma once

#include <functional>
#include <vector>
#include <xtape/xtape.hpp>

// Recurrent layers written out, one step after the other.
namespace xtape::test {

/// From the inputs at a step and the states to the new states, the first of which is the output.
using StepByFormula = std::function<std::vector<Tensor>(const Tensor& x, const std::vector<Tensor>& states)>;

/// The steps of SimpleRNN, LSTM and GRU of these weights, as Keras documents them.
StepByFormula simple_rnn_step(const std::vector<Tensor>& weights);
StepByFormula lstm_step(const std::vector<Tensor>& weights);
StepByFormula gru_step(const std::vector<Tensor>& weights, bool reset_after);

struct Walk {
  Tensor mask = {};
  bool go_backwards = false;
  bool zero_output_for_mask = false;
};
struct Walked {
  /// [batch, time, ...], in the order of the steps.
  Tensor outputs;
  Tensor last_output;
  std::vector<Tensor> states;
};

/// Goes through x [batch, time, ...] sample by sample, so that a mask is a condition.
Walked walk(const Tensor& x, const std::vector<Tensor>& states, const StepByFormula& step, const Walk& how = {});

}  // namespace xtape::test
