#include "layers/recurrent_reference.hpp"

namespace xtape::test {

StepByFormula simple_rnn_step(const std::vector<Tensor>& weights) {
  return [weights](const Tensor& x, const std::vector<Tensor>& states) -> std::vector<Tensor> {
    return {tanh(matmul(x, weights[0]) + matmul(states[0], weights[1]) + weights[2])};
  };
}

StepByFormula lstm_step(const std::vector<Tensor>& weights) {
  return [weights](const Tensor& x, const std::vector<Tensor>& states) -> std::vector<Tensor> {
    const int64_t units = states[0].shape(1);
    const Tensor sums = matmul(x, weights[0]) + matmul(states[0], weights[1]) + weights[2];
    const auto part = [&](int64_t gate) { return sums.slice(1, {gate * units, (gate + 1) * units}); };
    const Tensor cell = sigmoid(part(1)) * states[1] + sigmoid(part(0)) * tanh(part(2));
    return {sigmoid(part(3)) * tanh(cell), cell};
  };
}

StepByFormula gru_step(const std::vector<Tensor>& weights, bool reset_after) {
  return [weights, reset_after](const Tensor& x, const std::vector<Tensor>& states) -> std::vector<Tensor> {
    const Tensor& h = states[0];
    const int64_t units = h.shape(1);
    const auto part = [&](const Tensor& all, int64_t gate) {
      return all.slice(-1, {gate * units, (gate + 1) * units});
    };
    const Tensor input_bias = reset_after ? weights[2].select(0, 0) : weights[2];
    const Tensor recurrent_bias = reset_after ? weights[2].select(0, 1) : weights[2] * 0;
    const Tensor from_x = matmul(x, weights[0]) + input_bias;
    const Tensor from_h = matmul(h, weights[1]) + recurrent_bias;
    const Tensor z = sigmoid(part(from_x, 0) + part(from_h, 0)), r = sigmoid(part(from_x, 1) + part(from_h, 1));
    const Tensor reset = reset_after ? r * part(from_h, 2) : matmul(r * h, part(weights[1], 2));
    return {z * h + (1 - z) * tanh(part(from_x, 2) + reset)};
  };
}

Walked walk(const Tensor& x, const std::vector<Tensor>& states, const StepByFormula& step, const Walk& how) {
  const int64_t batch = x.shape(0), time = x.shape(1);
  std::vector<Tensor> outputs, last_outputs;
  std::vector<std::vector<Tensor>> last_states(states.size());
  for (int64_t sample = 0; sample < batch; ++sample) {
    const Slice one{sample, sample + 1};
    std::vector<Tensor> now, steps;
    for (const Tensor& state : states) now.push_back(state.slice(0, one));
    Tensor last;
    for (int64_t i = 0; i < time; ++i) {
      const int64_t t = how.go_backwards ? time - 1 - i : i;
      const bool counts = !how.mask.defined() || how.mask.select(0, sample).select(0, t).item<bool>();
      if (counts) {
        now = step(x.slice(0, one).select(1, t), now);
        last = now[0];
      } else if (!last.defined() || how.zero_output_for_mask) {
        last = step(x.slice(0, one).select(1, t), now)[0] * 0;
      }
      steps.push_back(last);
    }
    outputs.push_back(stack(steps, 1));
    last_outputs.push_back(last);
    for (std::size_t k = 0; k < states.size(); ++k) last_states[k].push_back(now[k]);
  }
  Walked result{concatenate(outputs, 0), concatenate(last_outputs, 0), {}};
  for (const auto& state : last_states) result.states.push_back(concatenate(state, 0));
  return result;
}

}  // namespace xtape::test
