#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "layers/recurrent_reference.hpp"
#include "support/sample_tensors.hpp"

// Cells, RNN over them, and cells of one's own.

using namespace xtape;
using layers::GRUCell;
using layers::LSTMCell;
using layers::RNN;
using layers::SimpleRNNCell;
using layers::StackedRNNCells;

namespace {

using Tensors = std::vector<Tensor>;

// h = x W + h U, as in Keras's documentation of RNN.
struct MinimalCellOptions {
  int64_t units = 1;
  DType dtype = float32;
  std::string name = {};
  void fields(Fields& f) { f("units", units)("dtype", dtype)("name", name); }
};
struct MinimalCellImpl : layers::CellImpl {
  using Options = MinimalCellOptions;
  MinimalCellOptions given;
  Tensor kernel, recurrent_kernel;
  explicit MinimalCellImpl(MinimalCellOptions options)
      : CellImpl({.name = options.name, .dtype = options.dtype}), given(options) {}
  void fields(Fields& f) override { given.fields(f); }
  std::vector<int64_t> state_size() const override { return {given.units}; }
  void build(const Shape& input_shape) override {
    kernel = add_weight("kernel", {input_shape.back(), given.units});
    recurrent_kernel = add_weight("recurrent_kernel", {given.units, given.units}, "orthogonal");
  }
  std::pair<Tensor, Tensors> call(const Tensor& x, const Tensors& states) override {
    const Tensor h = matmul(x, kernel) + matmul(states[0], recurrent_kernel);
    return {h, {h}};
  }
};
using MinimalCell = Handle<MinimalCellImpl>;

test::StepByFormula minimal_step(const Tensors& weights) {
  return [weights](const Tensor& x, const Tensors& states) -> Tensors {
    return {matmul(x, weights[0]) + matmul(states[0], weights[1])};
  };
}

// Counts the steps, from a number of its own, and returns images: output and states of several kinds.
struct CountingCellImpl : layers::CellImpl {
  std::vector<int64_t> state_size() const override { return {2, 1}; }
  int64_t output_size() const override { return 3; }
  Tensors get_initial_state(int64_t batch_size) override { return {zeros({batch_size, 2}), full({batch_size, 1}, 10)}; }
  std::pair<Tensor, Tensors> call(const Tensor& x, const Tensors& states) override {
    return {broadcast_to(sum(x, -1, true), {x.shape(0), 3}), {states[0] + 1, states[1] + 1}};
  }
};
using CountingCell = Handle<CountingCellImpl>;

const Tensor holes =
    tensor({{true, true, false, true, false}, {false, false, true, true, true}, {false, false, false, false, false}});

// As RNN over a cell and as the layer of that cell.
template <class Layer>
void check_same(const Layer& layer, const RNN& rnn) {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1);
  const Tensor input = with_mask(x, holes);
  layer(x);
  rnn(x);
  rnn.set_weights(layer.get_weights());
  for (const Tensor& each : {x, input}) {
    const auto [y, states] = rnn.with_state(each);
    const auto [expected, expected_states] = layer.RNN::with_state(each);
    CHECK(array_equal(y, expected));
    REQUIRE(states.size() == expected_states.size());
    for (std::size_t i = 0; i < states.size(); ++i) CHECK(array_equal(states[i], expected_states[i]));
  }
}

}  // namespace

TEST_CASE("an RNN over a cell gives what the layer of that cell gives") {
  check_same(layers::SimpleRNN(4, {.return_sequences = true, .dtype = float64}),
             RNN(SimpleRNNCell(4, {.dtype = float64}), {.return_sequences = true}));
  check_same(layers::LSTM(4, {.go_backwards = true, .dtype = float64}),
             RNN(LSTMCell(4, {.dtype = float64}), {.go_backwards = true}));
  check_same(
      layers::GRU(4, {.return_sequences = true, .reset_after = false, .zero_output_for_mask = true, .dtype = float64}),
      RNN(GRUCell(4, {.reset_after = false, .dtype = float64}),
          {.return_sequences = true, .zero_output_for_mask = true}));
  const RNN rnn(LSTMCell(3, {.name = "cell"}), {.name = "rnn"});
  CHECK(rnn.dtype() == float32);
  rnn(ones({1, 2, 3}));
  CHECK(rnn.weights()[0].path == "rnn/cell/kernel");
}

TEST_CASE("a cell is called by itself, one step at a time") {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1);
  const layers::LSTM lstm(4, {.return_sequences = true, .dtype = float64});
  const Tensor expected = lstm(x);
  const LSTMCell cell(4, {.dtype = float64});
  CHECK(cell.state_size() == std::vector<int64_t>{4, 4});
  CHECK(cell.output_size() == 4);
  cell.build({-1, 2});
  cell.set_weights(lstm.get_weights());
  Tensors states = cell.get_initial_state(3);
  CHECK(states[1].dtype() == float64);
  for (int64_t t = 0; t < 5; ++t) {
    const auto [y, next] = cell(x.select(1, t), states);
    CHECK(allclose(y, expected.select(1, t), 1e-12, 1e-12));
    CHECK(array_equal(y, next[0]));
    states = next;
  }
  const Symbol input = Input({2}), h = Input({4}), c = Input({4});
  const LSTMCell other(4);
  const auto [y, next] = other(input, {h, c});
  CHECK(y.shape() == Shape{-1, 4});
  const Model model({input, h, c}, {y, next[1]});
  const Tensor a = randn({3, 2}), b = randn({3, 4});
  CHECK(array_equal(model.call<2>({a, b, b})[1], other(a, {b, b}).second[1]));
  CHECK_THROWS_MATCHES(cell(x.select(1, 0), {states[0]}), ValueError,
                       Message(cell.name() + ": a cell is called with an input and its 2 states, given 1"));
  CHECK_THROWS_WITH(layers::Layer(cell)(x.select(1, 0)), Contains("its 2 states, given 0"));
  CHECK_THROWS_WITH(other(input, {h}), Contains("its 2 states, given 1"));
}

TEST_CASE("an RNN over a cell of one's own goes through sequences step by step") {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1), h = test::sample({3, 4}, {-1, 1}, 2);
  for (int bits = 0; bits < 32; ++bits) {
    const bool masked = bits & 1, backwards = bits & 2, sequences = bits & 4, zero = bits & 8, given = bits & 16;
    INFO("masked " << masked << ", go_backwards " << backwards << ", return_sequences " << sequences
                   << ", zero_output_for_mask " << zero << ", initial_state " << given);
    const RNN rnn(MinimalCell({.units = 4, .dtype = float64}),
                  {.return_sequences = sequences, .go_backwards = backwards, .zero_output_for_mask = zero});
    const Tensor initial = given ? h : zeros({3, 4}, float64);
    layers::RNNArguments<Tensor> arguments;
    if (given) arguments.initial_state = {h};
    if (masked) arguments.mask = holes;
    const auto [y, states] = rnn.with_state(x, arguments);
    const test::Walked expected =
        test::walk(x, {initial}, minimal_step(rnn.get_weights()), {masked ? holes : Tensor(), backwards, zero});
    CHECK(allclose(y, sequences ? expected.outputs : expected.last_output, 1e-12, 1e-12));
    CHECK(allclose(states[0], expected.states[0], 1e-12, 1e-12));
    CHECK(array_equal(rnn(x, arguments), y));
    CHECK(rnn.compute_output_shape({-1, 5, 2}) == (sequences ? Shape{-1, 5, 4} : Shape{-1, 4}));
  }
}

TEST_CASE("padding that is no number has no part in anything") {
  const Tensor x = with_mask(tensor({{{1.0, 2.0}, {NAN, NAN}}}), tensor({{true, false}})).set_requires_grad();
  const RNN rnn(MinimalCell({.units = 3, .dtype = float64}));
  const Tensor y = rnn(x);
  CHECK(array_equal(y, rnn(x.slice(1, {0, 1}))));
  for (const Tensor& gradient : grad({sum(y * y)}, rnn.trainable_variables())) {
    CHECK(all(isfinite(gradient)).item<bool>());
  }
}

TEST_CASE("the derivatives of an RNN over a cell of one's own", "[derivatives]") {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1).set_requires_grad();
  const RNN rnn({MinimalCell({.units = 3, .dtype = float64}), LSTMCell(2, {.dtype = float64})},
                {.return_sequences = true});
  const GradcheckReport plain = layers::gradcheck(rnn, x);
  INFO(plain.message);
  CHECK(plain);
  const GradcheckReport masked =
      gradcheck([&](const Tensors& inputs) -> Tensors { return {rnn(with_mask(inputs[0], holes))}; }, {x});
  INFO(masked.message);
  CHECK(masked);
}

TEST_CASE("a cell says what its states begin with, and how long its output is") {
  const RNN rnn(CountingCell(), {.return_sequences = true});
  const Tensor x = ones({2, 5, 4});
  const auto [y, states] = rnn.with_state(x);
  CHECK(array_equal(y, full({2, 5, 3}, 4)));
  CHECK(array_equal(states[0], full({2, 2}, 5)));
  CHECK(array_equal(states[1], full({2, 1}, 15)));
  CHECK(rnn.compute_output_shape({-1, -1, 4}) == Shape{-1, -1, 3});
  // An undefined state is the cell's own.
  CHECK(array_equal(rnn.with_state(x, {.initial_state = {ones({2, 2}), Tensor()}}).second[0], full({2, 2}, 6)));
  const RNN stateful(CountingCell(), {.stateful = true});
  stateful(x);
  stateful(x);
  CHECK(stateful.states()[1].flatten()[0].item() == 20);
  const Symbol symbol = Input({5, 4});
  const auto [out, last] = rnn.with_state(symbol);
  CHECK(out.shape() == Shape{-1, 5, 3});
  REQUIRE(last.size() == 2);
  CHECK(last[1].shape() == Shape{-1, 1});
}

TEST_CASE("stacked cells are a stack of layers") {
  const Tensor x = test::sample({3, 5, 2}, {-1, 1}, 1);
  // The second one is the older.
  const GRUCell second(2, {.dtype = float64});
  const LSTMCell first(3, {.dtype = float64});
  for (const bool backwards : {false, true}) {
    for (const bool masked : {false, true}) {
      INFO("go_backwards " << backwards << ", masked " << masked);
      const RNN rnn({first, second}, {.return_sequences = true, .go_backwards = backwards});
      const Tensor input = masked ? with_mask(x, holes) : x;
      const auto [y, states] = rnn.with_state(input);
      REQUIRE(states.size() == 3);
      const layers::LSTM below(3, {.return_sequences = true, .go_backwards = backwards, .dtype = float64});
      const layers::GRU above(2, {.return_sequences = true, .dtype = float64});
      const Tensors weights = rnn.get_weights();
      below.build(x.shape());
      below.set_weights({weights.begin(), weights.begin() + 3});
      above.build({-1, 5, 3});
      above.set_weights({weights.begin() + 3, weights.end()});
      const auto [middle, h, c] = below.with_state(input);
      const Tensor in_order = masked && backwards ? with_mask(middle, flip(holes, 1)) : middle;
      const auto [expected, last] = above.with_state(in_order);
      CHECK(array_equal(y, expected));
      CHECK(array_equal(states[0], h));
      CHECK(array_equal(states[1], c));
      CHECK(array_equal(states[2], last));
      // As one cell, which has other ways, too: step by step.
      const StackedRNNCells cells({first, second});
      const Tensors given = {h, c, last};
      const auto from = rnn.with_state(x.slice(1, {0, 1}), {.initial_state = given});
      const auto [one, next] = cells(x.select(1, 0), given);
      CHECK(allclose(one, from.first.select(1, 0), 1e-12, 1e-12));
      for (std::size_t i = 0; i < 3; ++i) CHECK(allclose(next[i], from.second[i], 1e-12, 1e-12));
    }
  }
  const StackedRNNCells cells({first, second}, {.name = "stack"});
  CHECK(cells.state_size() == std::vector<int64_t>{3, 3, 2});
  CHECK(cells.output_size() == 2);
  CHECK(cells.dtype() == float64);
  CHECK(cells.cells()[0] == first);
  CHECK_THROWS_MATCHES(StackedRNNCells(std::vector<layers::Cell>{}), ValueError,
                       Message("StackedRNNCells: expected at least 1 cell, given none"));
  CHECK_THROWS_MATCHES(StackedRNNCells({first, LSTMCell(2)}), DTypeError,
                       Message("StackedRNNCells: expected cells of one type, given float64 and float32"));
}

TEST_CASE("cells within stacked cells may drop inputs and states") {
  set_random_seed(5);
  const Tensor x = ones({4, 3, 8});
  const RNN rnn({LSTMCell(16, {.dropout = 0.5}), GRUCell(8, {.recurrent_dropout = 0.5})});
  const Tensor y = rnn(x);
  CHECK(array_equal(rnn(x), y));
  CHECK_FALSE(array_equal(rnn(x, {.training = true}), rnn(x, {.training = true})));
}

TEST_CASE("a cell of one's own that breaks its word is named") {
  struct ForgetsImpl : layers::CellImpl {
    int mistake;
    explicit ForgetsImpl(int which) : CellImpl({.name = "forgets"}), mistake(which) {}
    std::vector<int64_t> state_size() const override { return {2, 2}; }
    std::pair<Tensor, Tensors> call(const Tensor& x, const Tensors& states) override {
      if (mistake == 0) return {x, {states[0]}};
      if (mistake == 1) return {Tensor(), states};
      if (mistake == 2) return {x, {states[0], ones({1, 3})}};
      return {x, {states[0], Tensor()}};
    }
  };
  using Forgets = Handle<ForgetsImpl>;
  const Tensor x = ones({1, 2, 2});
  const auto rnn = [](int mistake) { return RNN(Forgets(mistake), {.name = "rnn"}); };
  CHECK_THROWS_MATCHES(rnn(0)(x), ValueError, Message("rnn/forgets: call returned 1 state, state_size lists 2"));
  CHECK_THROWS_WITH(rnn(1)(x), Contains("rnn/forgets: call returned an undefined tensor"));
  CHECK_THROWS_MATCHES(rnn(2)(x), ShapeError,
                       Message("rnn/forgets: call returned a state of shape [1, 3] for one of shape [1, 2]"));
  CHECK_THROWS_AS(rnn(3)(x), ValueError);
  CHECK_THROWS_WITH(Forgets(0)(x.select(1, 0), {ones({1, 2}), ones({1, 2})}), Contains("call returned 1 state"));
  CHECK_THROWS_MATCHES(rnn(3)(ones({2, 2})), ShapeError,
                       Message("rnn: expected inputs [batch, time, ...] of at least 3 dimensions, given [2, 2]; is "
                               "return_sequences missing in the layer before?"));
  CHECK_THROWS_MATCHES(rnn(3)(ones({2, 0, 2})), ShapeError,
                       Message("rnn/forgets: expected at least 1 step, given [2, 0, 2]"));
  CHECK_THROWS_MATCHES(rnn(3)(x, {.initial_state = {ones({1, 2}), ones({1, 5})}}), ShapeError,
                       Message("rnn/forgets: expected an initial_state of shape [1, 2], given [1, 5]"));
  CHECK_THROWS_MATCHES(layers::Cell(layers::Dense(2, {.name = "d"})), ValueError,
                       Message("d: expected a cell, such as LSTMCell, given Dense"));
}

TEST_CASE("a cell of one's own is written, read and cloned with its RNN") {
  layers::register_layer<MinimalCell>({.package = "cells"});
  const RNN rnn({MinimalCell({.units = 3}), LSTMCell(2, {.unit_forget_bias = false, .seed = 4})},
                {.return_sequences = true, .stateful = true});
  const Config written = layers::serialize(rnn);
  const Config& cells = written.at("config").at("cell").at("config").at("cells");
  CHECK(cells.list()[0].at("registered_name").text() == "cells>MinimalCell");
  const layers::Layer read = layers::deserialize(parse_json(to_json(written)));
  CHECK(read.get_config() == rnn.get_config());
  const RNN copy = layers::clone(rnn);
  const Tensor x = randn({2, 4, 3});
  const Tensor y = rnn(x);
  copy.build(x.shape());
  copy.set_weights(rnn.get_weights());
  CHECK(array_equal(copy(x), y));
  CHECK_THROWS_WITH(RNN::from_config(parse_json(R"({"cell": {"class_name": "Dense", "config": {"units": 2}}})")),
                    Contains("expected a cell, such as LSTMCell, given Dense"));
  CHECK_THROWS_WITH(RNN::from_config(parse_json(
                        R"({"dtype": "float64", "cell": {"class_name": "GRUCell", "config": {"units": 2}}})")),
                    Contains("dtype is float32, the configuration says float64"));
}

TEST_CASE("an RNN over a cell of one's own learns in fit") {
  set_random_seed(1);
  const Tensor x = randn({64, 6, 2}), y = sum(x, Axes{1, 2}).reshape({64, 1});
  const Sequential model{RNN(MinimalCell({.units = 8})), layers::Dense(1)};
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.02}), .loss = "mse"});
  const History history = model.fit(x, y, {.epochs = 30, .verbose = 0});
  CHECK(history["loss"].back() < history["loss"].front() / 4);
}
