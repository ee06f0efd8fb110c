#include <optional>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "layers/recurrent_reference.hpp"
#include "support/sample_tensors.hpp"

// SimpleRNN, LSTM and GRU with all their options.

using namespace xtape;
using layers::GRU;
using layers::LSTM;
using layers::RNNArguments;
using layers::SimpleRNN;
using test::StepByFormula;
using test::Walk;
using test::Walked;

namespace {

const initializers::RandomNormal some_values({.stddev = 0.5, .seed = 3});

template <class Layer, class Options>
Layer make(Options options) {
  options.kernel_initializer = some_values;
  options.recurrent_initializer = some_values;
  options.bias_initializer = some_values;
  options.dtype = float64;
  return Layer(4, std::move(options));
}

// A sequence of ids of which some do not count.
const Tensor holes =
    tensor({{true, true, false, true, false}, {false, false, true, true, true}, {false, false, false, false, false}});

// The layer with all ways through sequences, next to the same step by step.
template <class Layer, class Options>
void check_ways(const Options& options, std::size_t state_count,
                const std::function<StepByFormula(const std::vector<Tensor>&)>& formula) {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1);
  const std::vector<Tensor> states = {test::sample({3, 4}, {-1, 1}, 2), test::sample({3, 4}, {-1, 1}, 3)};
  for (int bits = 0; bits < 32; ++bits) {
    const bool masked = bits & 1, backwards = bits & 2, sequences = bits & 4, zero = bits & 8, given = bits & 16;
    INFO("masked " << masked << ", go_backwards " << backwards << ", return_sequences " << sequences
                   << ", zero_output_for_mask " << zero << ", initial_state " << given);
    Options all = options;
    all.go_backwards = backwards;
    all.return_sequences = sequences;
    all.zero_output_for_mask = zero;
    const auto layer = make<Layer>(all);
    const Tensor input = masked ? with_mask(x, holes) : x;
    RNNArguments<Tensor> arguments;
    std::vector<Tensor> initial(state_count, zeros({3, 4}, float64));
    if (given) {
      initial.assign(states.begin(), states.begin() + static_cast<std::ptrdiff_t>(state_count));
      arguments.initial_state = initial;
      // Beside other tensors the input's mask does not count.
      if (masked) arguments.mask = holes;
    }
    const auto [y, last] = layer.RNN::with_state(input, arguments);
    const Walked expected =
        test::walk(x, initial, formula(layer.get_weights()), {masked ? holes : Tensor(), backwards, zero});
    CHECK(allclose(y, sequences ? expected.outputs : expected.last_output, 1e-12, 1e-12));
    REQUIRE(last.size() == state_count);
    for (std::size_t i = 0; i < state_count; ++i) CHECK(allclose(last[i], expected.states[i], 1e-12, 1e-12));
    CHECK(array_equal(layer(input, arguments), y));
    CHECK(has_mask(y) == (masked && sequences));
    // A mask that is given to the call is as one that the input has, also as numbers.
    if (!masked) continue;
    arguments.mask = holes;
    CHECK(array_equal(layer(x, arguments), y));
    arguments.mask = holes.astype(float32);
    const Tensor same = layer(x, arguments);
    CHECK(array_equal(same, y));
    CHECK(has_mask(same) == sequences);
  }
}

}  // namespace

TEST_CASE("SimpleRNN goes through sequences as its formula says") {
  check_ways<SimpleRNN>(layers::SimpleRNNOptions{}, 1, test::simple_rnn_step);
}

TEST_CASE("LSTM goes through sequences as its formulas say") {
  check_ways<LSTM>(layers::LSTMOptions{.unit_forget_bias = false}, 2, test::lstm_step);
}

TEST_CASE("GRU goes through sequences as its formulas say") {
  for (const bool reset_after : {true, false}) {
    check_ways<GRU>(layers::GRUOptions{.reset_after = reset_after}, 1,
                    [&](const std::vector<Tensor>& weights) { return test::gru_step(weights, reset_after); });
  }
}

TEST_CASE("recurrent layers have the derivatives of what they compute", "[derivatives]") {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1).set_requires_grad();
  const std::vector<layers::Layer> all = {
      make<SimpleRNN>(layers::SimpleRNNOptions{.return_sequences = true}),
      make<LSTM>(layers::LSTMOptions{.go_backwards = true}),
      make<LSTM>(layers::LSTMOptions{.activation = "softsign", .recurrent_activation = "tanh"}),
      make<GRU>(layers::GRUOptions{.return_sequences = true}),
      make<GRU>(layers::GRUOptions{.reset_after = false}),
  };
  for (const layers::Layer& layer : all) {
    INFO(layer.get_config().str());
    const GradcheckReport plain = layers::gradcheck(layer, x);
    INFO(plain.message);
    CHECK(plain);
    const GradcheckReport masked = gradcheck(
        [&](const std::vector<Tensor>& inputs) -> std::vector<Tensor> { return {layer(with_mask(inputs[0], holes))}; },
        {x});
    INFO(masked.message);
    CHECK(masked);
  }
}

namespace {

// x where it is not dropped: kernel 1, nothing from step to step.
SimpleRNN shows_inputs(double dropout, std::optional<uint64_t> seed) {
  return SimpleRNN(64, {.activation = "linear",
                        .use_bias = false,
                        .kernel_initializer = "identity",
                        .recurrent_initializer = "zeros",
                        .dropout = dropout,
                        .return_sequences = true,
                        .seed = seed});
}

}  // namespace

TEST_CASE("dropout leaves out the same inputs at all steps, in training alone") {
  const Tensor x = rand({8, 3, 64}) + 1;
  const SimpleRNN layer = shows_inputs(0.25, {});
  CHECK(array_equal(layer(x), x));
  const Tensor y = layer(x, {.training = true});
  const Tensor dropped = y == 0;
  for (const int64_t t : {1, 2}) CHECK(array_equal(dropped.select(1, t), dropped.select(1, 0)));
  CHECK(allclose(y, where(dropped, 0, x / 0.75), 1e-6, 1e-6));
  CHECK(mean(dropped.astype(float32)).item() == Approx(0.25).margin(0.1));
  CHECK_FALSE(array_equal(layer(x, {.training = true}), y));
}

TEST_CASE("recurrent_dropout leaves out the same parts of states at all steps") {
  const SimpleRNN layer(64, {.activation = "linear",
                             .kernel_initializer = "zeros",
                             .recurrent_initializer = "identity",
                             .recurrent_dropout = 0.5,
                             .return_sequences = true});
  const Tensor x = zeros({8, 3, 2}), h = ones({8, 64});
  CHECK(array_equal(layer(x, {.initial_state = {h}}), ones({8, 3, 64})));
  const Tensor y = layer(x, {.initial_state = {h}, .training = true});
  const Tensor kept = y.select(1, 0) != 0;
  CHECK(array_equal(y.select(1, 0), where(kept, 2, zeros({8, 64}))));
  CHECK(array_equal(y.select(1, 2), where(kept, 8, zeros({8, 64}))));
  CHECK(mean(kept.astype(float32)).item() == Approx(0.5).margin(0.1));
}

TEST_CASE("LSTM and GRU drop inputs before their kernels") {
  const Tensor x = rand({8, 3, 64}) + 1;
  const auto check = [&](const auto& dropping, const auto& plain) {
    // The stream of one seed gives the same numbers.
    const Tensor dropped = shows_inputs(0.5, 7)(x, {.training = true});
    plain(x);
    dropping(x);
    dropping.set_weights(plain.get_weights());
    CHECK(allclose(dropping(x, {.training = true}), plain(dropped), 1e-5, 1e-6));
    CHECK(array_equal(dropping(x), plain(x)));
  };
  check(LSTM(4, {.dropout = 0.5, .seed = 7}), LSTM(4));
  check(GRU(4, {.dropout = 0.5, .seed = 7}), GRU(4));
}

TEST_CASE("a seed gives a layer a stream of its own") {
  const Tensor x = ones({2, 3, 64});
  const SimpleRNN one = shows_inputs(0.5, 11), other = shows_inputs(0.5, 11);
  const RandomState before = get_random_state();
  const Tensor first = one(x, {.training = true}), second = one(x, {.training = true});
  CHECK(get_random_state().offset == before.offset);
  CHECK_FALSE(array_equal(first, second));
  set_random_seed(99);
  CHECK(array_equal(other(x, {.training = true}), first));
  CHECK(array_equal(other(x, {.training = true}), second));
}

TEST_CASE("a stateful layer goes on where it was") {
  const Tensor x = test::sample({3, 6, 2}, {-1, 1}, 1);
  const auto plain = make<LSTM>(layers::LSTMOptions{.return_sequences = true});
  const auto stateful = make<LSTM>(layers::LSTMOptions{.return_sequences = true, .stateful = true});
  CHECK(stateful.states().empty());
  for (int round = 0; round < 2; ++round) {
    const Tensor y = plain(x);
    CHECK(allclose(stateful(x.slice(1, {0, 4})), y.slice(1, {0, 4}), 1e-12, 1e-12));
    CHECK(allclose(stateful(x.slice(1, {4, 6})), y.slice(1, {4, 6}), 1e-12, 1e-12));
    REQUIRE(stateful.states().size() == 2);
    CHECK(allclose(stateful.states()[0], y.select(1, -1), 1e-12, 1e-12));
    CHECK_FALSE(allclose(stateful(x.slice(1, {0, 4})), y.slice(1, {0, 4}), 1e-3, 1e-3));
    stateful.reset_state();
    CHECK(stateful.states().empty());
  }
  CHECK(stateful.weights().size() == 3);
  stateful(x);
  CHECK_THROWS_MATCHES(stateful(x.slice(0, {0, 2})), ValueError,
                       Message(stateful.name() + ": keeps the states of 3 samples (stateful), given 2; call "
                                                 "reset_state() before batches of another size"));
  stateful.reset_states();
  CHECK(stateful(x.slice(0, {0, 2})).shape() == Shape{2, 6, 4});
}

TEST_CASE("gradients of a stateful layer end at its states, which may go on before they are taken") {
  const Tensor x = test::sample({3, 4, 2}, {-1, 1}, 1).set_requires_grad();
  const auto plain = make<GRU>(layers::GRUOptions{});
  const auto stateful = make<GRU>(layers::GRUOptions{.stateful = true});
  stateful(x);
  const std::vector<Tensor> states = stateful.states();
  const Tensor y = stateful(x);
  stateful(x);
  CHECK(allclose(grad(sum(y * y), x), grad(sum(square(plain(x, {.initial_state = states}))), x), 1e-10, 1e-12));
  CHECK_FALSE(stateful.states()[0].requires_grad());
}

TEST_CASE("looking for shapes and trying data does not move a stateful layer") {
  struct OuterImpl : ModelImpl {
    SimpleRNN rnn{4, {.stateful = true}};
    layers::Dense head{1};
    Tensor call(const Tensor& x) { return head(rnn(x)); }
  };
  const Handle<OuterImpl> model;
  model.build({-1, 3, 2});
  CHECK(model->rnn.states().empty());
  const Symbol symbol = Input({3, 2});
  model(symbol);
  CHECK(model->rnn.states().empty());
  const Tensor x = randn({8, 3, 2}), y = randn({8, 1});
  model.compile({.loss = "mse"});
  model.fit(x, y, {.batch_size = 4, .verbose = 0, .shuffle = false});
  CHECK(model->rnn.states()[0].shape() == Shape{4, 4});
  CHECK_THROWS_WITH(model.predict(x, {.batch_size = 8, .verbose = 0}), Contains("keeps the states of 4 samples"));
}

TEST_CASE("a stateful layer is not computed again by a checkpoint, nor begun in a capture") {
  const auto stateful = make<SimpleRNN>(layers::SimpleRNNOptions{.stateful = true});
  const Tensor x = test::sample({3, 4, 2}, {-1, 1}, 1).set_requires_grad();
  stateful.build(x.shape());
  const auto call = [&](const std::vector<Tensor>& inputs) -> std::vector<Tensor> { return {stateful(inputs[0])}; };
  CHECK_THROWS_WITH(capture(call, {x.detach()}), Contains("call it once, with as many samples"));
  const Tensor y = sum(checkpoint([&](const Tensor& in) { return stateful(in); }, x));
  CHECK_THROWS_WITH(y.backward(), Contains("keeps its states (stateful), which have changed"));
  // Once it has states, a program goes on with them as the layer does.
  stateful.reset_state();
  stateful(x);
  const Tensor kept = stateful.states()[0];
  const Program program = capture(call, {x.detach()});
  const Tensor first = program({x.detach()})[0];
  const auto plain = make<SimpleRNN>(layers::SimpleRNNOptions{});
  CHECK(allclose(first, plain(x, {.initial_state = {kept}}), 1e-12, 1e-12));
  CHECK(array_equal(stateful.states()[0], first));
}

TEST_CASE("constraints, regularizers and their names are those of the cell's weights") {
  const LSTM lstm(3, {.kernel_regularizer = "l2",
                      .activity_regularizer = "l2",
                      .recurrent_constraint = constraints::NonNeg(),
                      .name = "memory"});
  const Sequential model{lstm, layers::Dense(1)};
  const Tensor x = randn({4, 5, 2}), y = randn({4, 1});
  model(x);
  const std::vector<layers::Variable> weights = lstm.weights();
  REQUIRE(weights.size() == 3);
  CHECK(weights[0].path == "memory/lstm_cell/kernel");
  CHECK(weights[1].path == "memory/lstm_cell/recurrent_kernel");
  CHECK(weights[2].path == "memory/lstm_cell/bias");
  const Tensor output = lstm(x);
  const std::vector<Tensor> losses = lstm.losses();
  REQUIRE(losses.size() == 2);
  CHECK(sum(losses[0]).item() == Approx(sum(square(output)).item() * 0.01 / 4));
  CHECK(sum(losses[1]).item() == Approx(sum(square(weights[0].value)).item() * 0.01));
  model.compile({.loss = "mse"});
  model.fit(x, y, {.verbose = 0});
  CHECK(min(weights[1].value).item() >= 0);
  lstm.set_trainable(false);
  CHECK(model.trainable_weights().size() == 2);
}

TEST_CASE("states are symbols in a functional model: an encoder and a decoder") {
  const Symbol source = Input({5, 2}), target = Input({3, 2});
  const LSTM encoder(4), decoder(4, {.return_sequences = true});
  const auto [y, h, c] = encoder.with_state(source);
  CHECK(y.shape() == Shape{-1, 4});
  CHECK(c.shape() == Shape{-1, 4});
  const Symbol decoded = decoder(target, {.initial_state = {h, c}});
  CHECK(decoded.shape() == Shape{-1, 3, 4});
  const Model model({source, target}, {decoded, y});
  const Tensor a = randn({6, 5, 2}), b = randn({6, 3, 2});
  const auto [out, last] = model.call<2>({a, b});
  const auto [y2, h2, c2] = encoder.with_state(a);
  CHECK(array_equal(last, y2));
  CHECK(array_equal(out, decoder(b, {.initial_state = {h2, c2}})));
  const Model copy = layers::clone(model);
  copy.set_weights(model.get_weights());
  CHECK(array_equal(copy.call<2>({a, b})[0], out));

  const Symbol mask = Input({5});
  const Model masked({source, mask}, encoder(source, {.mask = mask}));
  const Tensor counts = (rand({6, 5}) > 0.5).astype(float32);
  CHECK(array_equal(masked({a, counts}), encoder(with_mask(a, counts != 0))));

  const GRU stateful(4, {.return_state = true});
  CHECK(stateful.call<2>({source})[1].shape() == Shape{-1, 4});
  CHECK_THROWS_WITH(stateful(source), Contains("returns 2 tensors"));
}

TEST_CASE("recurrent layers refuse what does not fit") {
  CHECK_THROWS_MATCHES(LSTM(0), ValueError, Message("LSTM: units must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(SimpleRNN(-2), ValueError, Message("SimpleRNN: units must be at least 1, given -2"));
  CHECK_THROWS_MATCHES(GRU(2, {.dropout = 1}), ValueError, Message("GRU: dropout must lie in [0, 1), given 1.0"));
  CHECK_THROWS_WITH(LSTM(2, {.recurrent_dropout = -0.5}), Contains("LSTM: recurrent_dropout must"));
  CHECK_THROWS_MATCHES(LSTM(3, {.name = "l", .dtype = int32}), DTypeError,
                       Message("l: dtype must be float32 or float64, given int32"));
  const SimpleRNN rnn(3, {.return_sequences = true, .name = "r"});
  CHECK_THROWS_MATCHES(rnn(ones({2, 5})), ShapeError,
                       Message("r: expected inputs [batch, time, features], given [2, 5]; is "
                               "return_sequences missing in the layer before?"));
  CHECK_FALSE(rnn.built());
  const Tensor x = ones({2, 4, 5});
  rnn(x);
  CHECK_THROWS_MATCHES(rnn(ones({2, 4, 6})), ShapeError,
                       Message("r: built for inputs whose last length is 5 [-1, 4, 5], given [2, 4, 6]"));
  CHECK_THROWS_MATCHES(rnn(x, {.initial_state = {ones({2, 3}), ones({2, 3})}}), ValueError,
                       Message("r: expected an initial_state of 1 tensors, given 2"));
  CHECK_THROWS_MATCHES(rnn(x, {.mask = ones({2, 5})}), ShapeError,
                       Message("r: expected a mask [batch, time] [2, 4], given [2, 5]"));
  CHECK_THROWS_MATCHES(rnn(with_mask(x, ones({2, 4, 5}).astype(bool_))), ShapeError,
                       Message("r: expected inputs [2, 4, 5] with a mask [batch, time], given one of [2, 4, 5]; "
                               "with_mask(x, mask) gives x another one"));
  CHECK_THROWS_AS(rnn(x, {.initial_state = {ones({2, 3}, float64)}}), DTypeError);
  const SimpleRNN returns(3, {.return_state = true, .name = "s"});
  CHECK_THROWS_WITH(returns(x), Contains("s: has return_state set") && Contains("with_state(x)"));
  CHECK_THROWS_WITH(returns(x, {.initial_state = {ones({2, 3})}}), Contains("s: returns 2 tensors"));
  const auto [y, h] = returns.with_state(x);
  CHECK(array_equal(y, h));
  CHECK(returns.call_all({x}).size() == 2);
}
