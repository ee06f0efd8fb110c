#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Dropout of LSTM, GRU and ConvLSTM, where each gate has masks of its own, as in Keras where recurrent_dropout is set.

using namespace xtape;
using layers::ConvLSTM1D;
using layers::GRU;
using layers::GRUCell;
using layers::LSTM;
using layers::LSTMCell;
using layers::RNN;

namespace {

using Tensors = std::vector<Tensor>;

constexpr int64_t batch = 3, steps = 4, features = 5, units = 6;
constexpr double input_rate = 0.25, state_rate = 0.5;

// The masks that a layer draws for each gate: those of the inputs [batch, features], then those of the states.
struct Masks {
  Tensors inputs, states;
};
Masks draw(int gates, double of_inputs, double of_states) {
  const auto mask = [](int64_t length, double rate) { return dropout(ones({batch, 1, length}), rate).squeeze(1); };
  Masks masks;
  for (int i = 0; i < gates && of_inputs > 0; ++i) masks.inputs.push_back(mask(features, of_inputs));
  for (int i = 0; i < gates && of_states > 0; ++i) masks.states.push_back(dropout(ones({batch, units}), of_states));
  for (Tensors* list : {&masks.inputs, &masks.states}) {
    if (list->empty()) *list = Tensors(static_cast<std::size_t>(gates), ones({1}));
  }
  return masks;
}

// What Keras's cells compute with `implementation=1`.
Tensors lstm_step(const Tensor& x, const Tensors& states, const Tensors& weights, const Masks& masks) {
  const Tensors kernels = split(weights[0], 4, 1), recurrent = split(weights[1], 4, 1), biases = split(weights[2], 4);
  Tensors gates;
  for (std::size_t i = 0; i < 4; ++i) {
    gates.push_back(matmul(x * masks.inputs[i], kernels[i]) + biases[i] +
                    matmul(states[0] * masks.states[i], recurrent[i]));
  }
  const Tensor cell = sigmoid(gates[1]) * states[1] + sigmoid(gates[0]) * tanh(gates[2]);
  return {sigmoid(gates[3]) * tanh(cell), cell};
}
Tensors gru_step(const Tensor& x, const Tensors& states, const Tensors& weights, const Masks& masks, bool reset_after) {
  const Tensors kernels = split(weights[0], 3, 1), recurrent = split(weights[1], 3, 1);
  const Tensors biases = split(reset_after ? weights[2][0] : weights[2], 3);
  const Tensors others = reset_after ? Tensors(split(weights[2][1], 3)) : Tensors(3, zeros({units}));
  Tensors inputs, hidden;
  for (std::size_t i = 0; i < 3; ++i) {
    inputs.push_back(matmul(x * masks.inputs[i], kernels[i]) + biases[i]);
    hidden.push_back(states[0] * masks.states[i]);
  }
  const Tensor z = sigmoid(inputs[0] + matmul(hidden[0], recurrent[0]) + others[0]);
  const Tensor r = sigmoid(inputs[1] + matmul(hidden[1], recurrent[1]) + others[1]);
  const Tensor reset =
      reset_after ? r * (matmul(hidden[2], recurrent[2]) + others[2]) : matmul(r * hidden[2], recurrent[2]);
  return {z * states[0] + (1 - z) * tanh(inputs[2] + reset)};
}

// The layer in training gives what the steps give with the masks that it draws.
template <class Layer, class StepOfMasks>
void check(const Layer& layer, int gates, double of_inputs, double of_states, const Tensor& mask,
           const StepOfMasks& step) {
  const Tensor x = mask.defined() ? with_mask(rand({batch, steps, features}), mask) : rand({batch, steps, features});
  layer.build(x.shape());
  Tensors weights;
  for (const Tensor& weight : layer.get_weights()) weights.push_back(randn(weight.shape()));
  layer.set_weights(weights);
  set_random_seed(21);
  const Tensor y = layer(x, {.training = true});
  set_random_seed(21);
  const Masks masks = draw(gates, of_inputs, of_states);
  Tensors states(gates == 4 ? 2 : 1, zeros({batch, units}));
  for (int64_t t = 0; t < steps; ++t) {
    Tensors next = step(x.select(1, t), states, weights, masks);
    if (mask.defined()) {
      const Tensor counts = mask.select(1, t).expand_dims(-1);
      for (std::size_t i = 0; i < next.size(); ++i) next[i] = where(counts, next[i], states[i]);
    }
    states = next;
  }
  CHECK(allclose(y, states[0], 1e-5, 1e-6));
  // Nothing is dropped in inference, where the fused operations compute.
  const Masks none = draw(gates, 0, 0);
  states = Tensors(gates == 4 ? 2 : 1, zeros({batch, units}));
  const Tensor plain = rand({batch, steps, features});
  for (int64_t t = 0; t < steps; ++t) states = step(plain.select(1, t), states, weights, none);
  CHECK(allclose(layer(plain), states[0], 1e-5, 1e-6));
}

}  // namespace

TEST_CASE("each gate of an LSTM drops parts of its own where recurrent_dropout is set") {
  check(LSTM(units, {.recurrent_dropout = state_rate}), 4, 0, state_rate, {}, lstm_step);
  check(LSTM(units, {.dropout = input_rate, .recurrent_dropout = state_rate}), 4, input_rate, state_rate, {},
        lstm_step);
  check(LSTM(units, {.dropout = input_rate, .implementation = 1}), 4, input_rate, 0, {}, lstm_step);
  check(RNN(LSTMCell(units, {.dropout = input_rate, .implementation = 1})), 4, input_rate, 0, {}, lstm_step);
  const Tensor mask = tensor({{1, 1, 0, 1}, {1, 1, 1, 1}, {0, 1, 1, 0}}).astype(bool_);
  check(LSTM(units, {.recurrent_dropout = state_rate}), 4, 0, state_rate, mask, lstm_step);
}

TEST_CASE("each gate of a GRU drops parts of its own where recurrent_dropout is set") {
  for (const bool reset_after : {true, false}) {
    const auto step = [&](const Tensor& x, const Tensors& states, const Tensors& weights, const Masks& masks) {
      return gru_step(x, states, weights, masks, reset_after);
    };
    check(GRU(units, {.recurrent_dropout = state_rate, .reset_after = reset_after}), 3, 0, state_rate, {}, step);
    check(GRU(units, {.dropout = input_rate, .recurrent_dropout = state_rate, .reset_after = reset_after}), 3,
          input_rate, state_rate, {}, step);
    check(GRU(units, {.dropout = input_rate, .reset_after = reset_after, .implementation = 1}), 3, input_rate, 0, {},
          step);
    check(RNN(GRUCell(units, {.recurrent_dropout = state_rate, .reset_after = reset_after})), 3, 0, state_rate, {},
          step);
  }
}

TEST_CASE("gates without a bias drop too, and gradients go through what they keep", "[derivatives]") {
  set_random_seed(1);  // some draws drop all that a kernel sees, which leaves no gradient to be checked
  const Tensor x = rand({2, 3, 4}, float64);
  const auto check_layer = [&](const layers::Layer& layer) {
    const GradcheckReport report = layers::gradcheck(layer, x, {.training = true});
    INFO(report.message);
    CHECK(report.passed);
  };
  check_layer(LSTM(2, {.use_bias = false, .recurrent_dropout = 0.5, .dtype = float64}));
  check_layer(GRU(2, {.use_bias = false, .dropout = 0.5, .recurrent_dropout = 0.5, .dtype = float64}));
  check_layer(LSTM(2, {.recurrent_dropout = 0.5, .return_sequences = true, .go_backwards = true, .dtype = float64}));
}

TEST_CASE("each gate of ConvLSTM drops parts of its own, of inputs as of states") {
  constexpr int64_t length = 5, filters = 2;
  const Tensor x = rand({batch, steps, length, 1}) + 1;
  const ConvLSTM1D layer(filters, 3, {.padding = "same", .dropout = input_rate, .recurrent_dropout = state_rate});
  layer.build(x.shape());
  const Tensors weights = layer.get_weights();
  set_random_seed(8);
  const Tensor y = layer(x, {.training = true});
  set_random_seed(8);
  Tensors inputs, states;
  for (int i = 0; i < 4; ++i) inputs.push_back(dropout(x, input_rate, Shape{batch, 1, length, 1}));
  for (int i = 0; i < 4; ++i) states.push_back(dropout(ones({batch, length, filters}), state_rate));
  const Tensors kernels = split(weights[0], 4, -1), recurrent = split(weights[1], 4, -1), biases = split(weights[2], 4);
  Tensor h = zeros({batch, length, filters}), c = h;
  for (int64_t t = 0; t < steps; ++t) {
    Tensors gates;
    for (std::size_t i = 0; i < 4; ++i) {
      gates.push_back(conv1d(inputs[i].select(1, t), kernels[i], biases[i], "linear", {.padding = "same"}) +
                      conv1d(h * states[i], recurrent[i], {}, "linear", {.padding = "same"}));
    }
    c = sigmoid(gates[1]) * c + sigmoid(gates[0]) * tanh(gates[2]);
    h = sigmoid(gates[3]) * tanh(c);
  }
  CHECK(allclose(y, h, 1e-5, 1e-6));
}

TEST_CASE("implementation is 1 or 2, and written where it is 1") {
  const LSTM one(2, {.implementation = 1});
  CHECK(one.get_config().at("implementation").integer() == 1);
  CHECK(layers::clone(one).get_config() == one.get_config());
  CHECK_FALSE(GRU(2).get_config().find("implementation"));
  CHECK_THROWS_WITH(GRU(2, {.implementation = 3}), Contains("GRU: implementation must be 1 or 2, given 3"));
  CHECK_THROWS_WITH(LSTMCell(2, {.implementation = 0}), Contains("LSTMCell: implementation must be 1 or 2, given 0"));
  const Tensor x = rand({2, 3, 4});
  const LSTM two(2);
  two.build(x.shape());
  one.build(x.shape());
  one.set_weights(two.get_weights());
  CHECK(array_equal(one(x, {.training = true}), two(x, {.training = true})));
}
