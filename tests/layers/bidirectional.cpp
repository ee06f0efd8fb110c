#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

using namespace xtape;
using layers::Bidirectional;
using layers::GRU;
using layers::LSTM;

namespace {

const Tensor holes =
    tensor({{true, true, false, true, false}, {false, false, true, true, true}, {false, false, false, false, false}});

// The two layers with the weights of a bidirectional one.
std::pair<LSTM, LSTM> apart(const Bidirectional& both, layers::LSTMOptions options) {
  const LSTM forward(3, options);
  options.go_backwards = true;
  const LSTM backward(3, options);
  const std::vector<Tensor> weights = both.get_weights();
  forward.build({-1, 5, 2});
  forward.set_weights({weights.begin(), weights.begin() + 3});
  backward.build({-1, 5, 2});
  backward.set_weights({weights.begin() + 3, weights.end()});
  return {forward, backward};
}

}  // namespace

TEST_CASE("Bidirectional merges what two layers return") {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1);
  for (const bool sequences : {false, true}) {
    for (const bool masked : {false, true}) {
      const layers::LSTMOptions options{
          .return_sequences = sequences, .zero_output_for_mask = sequences, .dtype = float64};
      const Tensor input = masked ? with_mask(x, holes) : x;
      for (const char* mode : {"concat", "sum", "mul", "ave"}) {
        INFO(mode << ", return_sequences " << sequences << ", masked " << masked);
        // Whatever the layer does with outputs that do not count, here they are zeros.
        layers::LSTMOptions given = options;
        given.zero_output_for_mask = !sequences;
        const Bidirectional both(LSTM(3, given), {.merge_mode = mode});
        const Tensor y = both(input);
        const auto [forward, backward] = apart(both, options);
        const Tensor one = forward(input), other = sequences ? flip(backward(input), 1) : backward(input);
        const std::string m = mode;
        const Tensor expected = m == "concat" ? concatenate({one, other}, -1)
                                : m == "sum"  ? one + other
                                : m == "mul"  ? one * other
                                              : (one + other) / 2;
        CHECK(allclose(y, expected, 1e-12, 1e-12));
        CHECK(has_mask(y) == (masked && sequences));
        CHECK(both.compute_output_shape({-1, 5, 2}).back() == (m == "concat" ? 6 : 3));
        if (masked) CHECK(array_equal(both(x, {.mask = holes}), y));
        if (masked && sequences) CHECK(array_equal(y.select(0, 2), zeros({5, m == "concat" ? 6 : 3}, float64)));
      }
    }
  }
}

TEST_CASE("without a merge_mode Bidirectional returns both outputs") {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1);
  const Bidirectional both(LSTM(3, {.return_sequences = true, .dtype = float64}), {.merge_mode = {}, .name = "b"});
  const auto [y, z] = both.call<2>({x});
  const auto [forward, backward] = apart(both, {.return_sequences = true, .dtype = float64});
  CHECK(allclose(y, forward(x), 1e-12, 1e-12));
  CHECK(allclose(z, flip(backward(x), 1), 1e-12, 1e-12));
  CHECK_THROWS_WITH(both(x), Contains("b: returns 2 tensors"));
  CHECK_THROWS_WITH(both.with_state(x), Contains("b: has no merge_mode and returns two outputs"));
  for (const Tensor& each : both.call_all({with_mask(x, holes)})) CHECK(has_mask(each));
  const Symbol symbol = Input({5, 2});
  const Bidirectional single(LSTM(3), {.merge_mode = {}});
  const std::vector<Symbol> symbols = single.call_all({symbol});
  REQUIRE(symbols.size() == 2);
  CHECK(symbols[1].shape() == Shape{-1, 3});
}

TEST_CASE("Bidirectional takes and gives the states of both layers") {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1);
  const Bidirectional both(LSTM(3, {.dtype = float64}));
  std::vector<Tensor> given;
  for (uint64_t i = 0; i < 4; ++i) given.push_back(test::sample({3, 3}, {-1, 1}, 10 + i));
  const auto [y, states] = both.with_state(x, {.initial_state = given});
  const auto [forward, backward] = apart(both, {.dtype = float64});
  const auto [one, h, c] = forward.with_state(x, {.initial_state = {given[0], given[1]}});
  const auto [other, h2, c2] = backward.with_state(x, {.initial_state = {given[2], given[3]}});
  CHECK(allclose(y, concatenate({one, other}, -1), 1e-12, 1e-12));
  REQUIRE(states.size() == 4);
  const std::vector<Tensor> expected = {h, c, h2, c2};
  for (std::size_t i = 0; i < 4; ++i) CHECK(allclose(states[i], expected[i], 1e-12, 1e-12));
  CHECK(array_equal(both(x, {.initial_state = given}), y));
  CHECK_THROWS_WITH(both(x, {.initial_state = {given[0]}}), Contains("an initial_state of 4 tensors, given 1"));

  const Bidirectional returns(LSTM(3, {.return_state = true}));
  CHECK(returns.call_all({randn({2, 5, 2})}).size() == 5);
  const Symbol symbol = Input({5, 2});
  const Bidirectional plain{LSTM(3)};
  const auto [out, last] = plain.with_state(symbol);
  CHECK(out.shape() == Shape{-1, 6});
  REQUIRE(last.size() == 4);
  const Model model(symbol, {out, last[3]});
  const Tensor data = randn({4, 5, 2});
  CHECK(array_equal(model.call<2>({data})[1], plain.with_state(data).second[3]));
}

TEST_CASE("the layers of Bidirectional are called and ordered as Keras's") {
  const LSTM lstm(3, {.name = "memory"});
  const Bidirectional both(lstm, {.name = "both"});
  const Tensor x = randn({2, 5, 2});
  both(x);
  CHECK_FALSE(lstm.built());
  std::vector<std::string> paths;
  for (const auto& weight : both.weights()) paths.push_back(weight.path);
  CHECK(paths == std::vector<std::string>{
                     "both/forward_memory/lstm_cell/kernel", "both/forward_memory/lstm_cell/recurrent_kernel",
                     "both/forward_memory/lstm_cell/bias", "both/backward_memory/lstm_cell/kernel",
                     "both/backward_memory/lstm_cell/recurrent_kernel", "both/backward_memory/lstm_cell/bias"});
  CHECK_FALSE(array_equal(both.weights()[0].value, both.weights()[3].value));
  // A layer that is given is the one that is used, and comes second though it is older.
  const GRU backward(4, {.go_backwards = true, .name = "other"});
  const Bidirectional pair(LSTM(3), {.backward_layer = backward});
  CHECK(pair.backward_layer() == backward);
  CHECK(pair(x).shape() == Shape{2, 7});
  CHECK(pair.layers()[1] == backward);
  // Read again, it has the same two.
  const Bidirectional copy = layers::clone(pair);
  copy.build(x.shape());
  copy.set_weights(pair.get_weights());
  CHECK(array_equal(copy(x), pair(x)));
  CHECK(copy.backward_layer().class_name() == "GRU");
  CHECK(copy.forward_layer().name() == pair.forward_layer().name());
}

TEST_CASE("Bidirectional goes around cells of one's own, and stateful layers") {
  const Bidirectional rnn(layers::RNN({layers::LSTMCell(3), layers::GRUCell(2)}, {.return_sequences = true}));
  const Tensor x = randn({2, 5, 2});
  CHECK(rnn(x).shape() == Shape{2, 5, 4});
  CHECK(rnn.weights().size() == 12);
  CHECK(rnn.forward_layer().name().starts_with("forward_rnn"));
  const Bidirectional stateful(GRU(3, {.stateful = true}));
  const Tensor first = stateful(x);
  CHECK_FALSE(array_equal(stateful(x), first));
  stateful.reset_state();
  CHECK(array_equal(stateful(x), first));
  // An activation that cannot be written is copied all the same.
  const Bidirectional own(GRU(3, {.activation = [](const Tensor& t) { return tanh(t) * 2; }}));
  CHECK(own(x).shape() == Shape{2, 6});
}

TEST_CASE("the derivatives of Bidirectional", "[derivatives]") {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1).set_requires_grad();
  const Bidirectional both(GRU(2, {.return_sequences = true, .dtype = float64}), {.merge_mode = "mul"});
  const GradcheckReport plain = layers::gradcheck(both, x);
  INFO(plain.message);
  CHECK(plain);
  const GradcheckReport masked = gradcheck(
      [&](const std::vector<Tensor>& inputs) -> std::vector<Tensor> { return {both(with_mask(inputs[0], holes))}; },
      {x});
  INFO(masked.message);
  CHECK(masked);
}

TEST_CASE("Bidirectional refuses what does not fit") {
  CHECK_THROWS_MATCHES(Bidirectional(layers::Dense(3)), ValueError,
                       Message("Bidirectional: expected a recurrent layer, such as LSTM, given Dense"));
  CHECK_THROWS_WITH(Bidirectional(LSTM(3), {.merge_mode = "sums"}),
                    Contains("unknown merge_mode of Bidirectional \"sums\"; the nearest known names are \"sum\""));
  CHECK_THROWS_MATCHES(Bidirectional(LSTM(3), {.backward_layer = LSTM(3)}), ValueError,
                       Message("Bidirectional: expected layers of different go_backwards, given two of false"));
  CHECK_THROWS_MATCHES(
      Bidirectional(LSTM(3), {.backward_layer = LSTM(3, {.return_sequences = true, .go_backwards = true})}), ValueError,
      Message("Bidirectional: expected layers of one return_sequences, given false and true"));
  CHECK_THROWS_AS(Bidirectional(LSTM(3), {.backward_layer = LSTM(3, {.go_backwards = true, .dtype = float64})}),
                  DTypeError);
  const Bidirectional sum(LSTM(3),
                          {.merge_mode = "sum", .backward_layer = LSTM(4, {.go_backwards = true}), .name = "s"});
  CHECK_THROWS_MATCHES(
      sum(ones({2, 5, 2})), ShapeError,
      Message("s: merge_mode \"sum\" takes outputs of one shape, the layers return [2, 3] and [2, 4]"));
  const Bidirectional both(LSTM(3, {.name = "l"}), {.name = "b"});
  CHECK_THROWS_WITH(both(ones({2, 5})), Contains("b/forward_l: expected inputs [batch, time, features]"));
  both(ones({2, 5, 2}));
  CHECK_THROWS_WITH(both(ones({2, 5, 3})), Contains("b/forward_l: built for inputs whose last length is 2"));
  CHECK_THROWS_MATCHES(both(ones({2, 5, 2}), {.mask = ones({2, 4})}), ShapeError,
                       Message("b: expected a mask [batch, time] [2, 5], given [2, 4]"));
}

TEST_CASE("a model with masked Bidirectional layers learns and is read again") {
  set_random_seed(2);
  const Tensor ids = randint(0, 6, {64, 5}), y = (sum(ids == 3, 1, true) > 0).astype(float32);
  const Sequential model{layers::Embedding(6, 4, {.mask_zero = true}),
                         Bidirectional(LSTM(4, {.return_sequences = true})), Bidirectional(GRU(4)),
                         layers::Dense(1, {.activation = "sigmoid"})};
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.02}), .loss = "binary_crossentropy"});
  const History history = model.fit(ids, y, {.epochs = 30, .verbose = 0});
  CHECK(history["loss"].back() < history["loss"].front() / 2);
  const layers::Layer copy = layers::deserialize(parse_json(to_json(layers::serialize(model))));
  copy.build(ids.shape());
  copy.set_weights(model.get_weights());
  CHECK(array_equal(copy(ids), model(ids)));
}
